use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One step of the decision, as a code. The window turns codes into sentences.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The mode is `LocalOnly`.
    ModeLocalOnly,
    /// The conversation is pinned to this device.
    PinnedLocal,
    /// No place away from this device is set up.
    NothingElseConfigured,
    /// The user's rules could not be read, so the strictest hold.
    RulesUnreadable,
    /// What would be sent holds a password, key or the like.
    HoldsSecret,
    /// What would be sent holds personal data, which the user's rules keep nearer.
    HoldsPersonalData,
    /// The data's label keeps it nearer.
    LabelKeepsIt,
    ProviderNotAllowed,
    RegionNotAllowed,
    RetentionTooLong,
    KeyMissing,
    /// Without a price there is no worst case, and without that no budget holds.
    PriceUnknown,
    OverMessageBudget,
    OverDayBudget,
    OverMonthBudget,
    OverProviderBudget,
    Offline,
    /// The provider failed lately and is left alone for a while.
    ProviderDown,
    /// Every question is answered here first.
    LocalFirst,
    /// The user asked for another place.
    YouAsked,
    /// The very same question was answered there before, so nothing was sent.
    FromCache,
    /// The local answer's evidence is missing or cannot be true, so nothing is concluded from it.
    NoEvidence,
    /// The answer passes the certified threshold.
    ConfidentEnough,
    /// The answer does not pass the certified threshold.
    LooksWeak,
    /// There are too few graded answers for a threshold; the app offers, and sends nothing.
    NotCertified,
    /// It is among the least sure answers of this model so far.
    AmongTheWeakest,
    /// The local model declined to answer.
    AnswerRefused,
    /// The answer is not of the form that was asked for.
    AnswerMalformed,
    /// Elsewhere the answer has rarely been better for such questions.
    RarelyHelps,
    /// Personal data was found, replaced or not; such a question is always shown first.
    PersonalDataShownFirst,
    /// Somebody else's words are in it or before it; such a question is always shown first.
    ForeignTextShownFirst,
    /// It could not be searched for private data in time, so it stays.
    NotCheckedInTime,
}

impl Reason {
    /// The code as one line, for faces without a message table.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::ModeLocalOnly => "The mode is local only.",
            Self::PinnedLocal => "The conversation is pinned to this device.",
            Self::NothingElseConfigured => "No place away from this device is set up.",
            Self::RulesUnreadable => "Your rules could not be read, so the strictest hold.",
            Self::HoldsSecret => "It holds what looks like a password or key.",
            Self::HoldsPersonalData => "It holds personal data, and your rules keep that near.",
            Self::LabelKeepsIt => "Your rules keep data of this kind near.",
            Self::ProviderNotAllowed => "Your rules do not allow this provider.",
            Self::RegionNotAllowed => "Your rules do not allow the region of this provider.",
            Self::RetentionTooLong => "This provider keeps data longer than your rules allow.",
            Self::KeyMissing => "There is no key for this provider.",
            Self::PriceUnknown => "The price of this model is not known, so it is not asked.",
            Self::OverMessageBudget => "It could cost more than your limit for one message.",
            Self::OverDayBudget => "It could exceed your limit for the day.",
            Self::OverMonthBudget => "It could exceed your limit for the month.",
            Self::OverProviderBudget => "It could exceed your limit for this provider.",
            Self::Offline => "This computer is offline.",
            Self::ProviderDown => "The provider failed lately and is left alone for a while.",
            Self::LocalFirst => "Every question is answered on this device first.",
            Self::YouAsked => "You asked for another place.",
            Self::FromCache => "The same question was answered before; nothing was sent.",
            Self::NoEvidence => "How sure the model was is not known.",
            Self::ConfidentEnough => "The answer is sure enough, as your own grades show.",
            Self::LooksWeak => "The answer looks weaker than what your grades allow.",
            Self::NotCertified => "Not certified yet: there are too few graded answers.",
            Self::AmongTheWeakest => "The answer is among the least sure of this model.",
            Self::AnswerRefused => "The model on this device declined to answer.",
            Self::AnswerMalformed => "The answer does not have the form that was asked for.",
            Self::RarelyHelps => "Another place has rarely done better with such questions.",
            Self::PersonalDataShownFirst => "Personal data was found, so it is shown to you first.",
            Self::ForeignTextShownFirst => {
                "It holds words that are not yours, so it is shown to you first."
            }
            Self::NotCheckedInTime => {
                "It could not be searched for private data in time, so it stays here."
            }
        }
    }
}
