//! The catalog, seen from this machine.

use hearth_model_catalog::{Choice, File, Kind, Model};
use hearth_models::{
    InstalledModel,
    fit::{self, Fit, Need, Speed},
    hardware::{self, Hardware},
};

use crate::{
    Assistant, Error,
    api::{
        CatalogFile, CatalogModel, FitView, ModelKind, NeedView, Quality, Recommended,
        RecommendedDraft, SourcedClaim, Wish,
    },
    lock,
};

/// Tokens of context for which memory is foreseen.
const CONTEXT: u32 = 4096;
const LONG_CONTEXT: u32 = 16_384;

/// What a forecast for this machine rests on.
struct Machine {
    hardware: Hardware,
    speed: Speed,
    installed: Vec<InstalledModel>,
}

impl Assistant {
    /// Every model that can be downloaded, in the order in which they are offered.
    pub async fn catalog(&self) -> Result<Vec<CatalogModel>, Error> {
        let machine = self.machine().await?;
        let offered = hearth_model_catalog::models().iter().filter(|model| !model.builtin);
        Ok(offered.filter_map(|model| machine.view(model)).collect())
    }

    /// The best model for a wish; `None` when nothing that this machine can run does it.
    pub async fn catalog_recommend(&self, wish: Wish) -> Result<Option<Recommended>, Error> {
        let machine = self.machine().await?;
        let kind = match wish.kind {
            ModelKind::Chat => Kind::Chat,
            ModelKind::Code => Kind::Code,
            ModelKind::Reasoning => Kind::Reasoning,
            ModelKind::SmallTask => Kind::SmallTask,
        };
        let wish = fit::Wish {
            kind,
            language: &wish.language,
            context: CONTEXT,
            least_tok_s: wish.least_tok_s,
            memory_share: if wish.light { 0.5 } else { 1.0 },
        };
        let found = fit::recommend(&wish, &machine.hardware, machine.speed);
        Ok(found.map(|found| Recommended {
            model: found.model.id.clone(),
            name: found.model.name.clone(),
            file: machine.file(found.model, found.file),
            draft: found.draft.map(|(model, file)| RecommendedDraft {
                model: model.id.clone(),
                name: model.name.clone(),
                file: file.name.clone(),
            }),
        }))
    }

    async fn machine(&self) -> Result<Machine, Error> {
        let used = self.history().read(|store| store.model_use()).await?;
        let assistant = self.clone();
        let look = move || {
            let hardware = Hardware::here(&assistant.dirs().models);
            let bandwidth =
                *lock(&assistant.inner.bandwidth).get_or_insert_with(hardware::bandwidth);
            let installed = assistant.inner.installed.models();
            let measured = installed.iter().filter_map(|model| {
                let used = used.iter().find(|used| used.model == model.name)?;
                Some((model.file_bytes, used.decode_tok_s_p50?))
            });
            let speed = Speed { bandwidth, correction: fit::correction(bandwidth, measured) };
            Machine { hardware, speed, installed }
        };
        tokio::task::spawn_blocking(look).await.map_err(|_| Error::Stopped)
    }
}

impl Machine {
    /// `None` for what only serves other models.
    fn view(&self, model: &Model) -> Option<CatalogModel> {
        let drafts = model.drafts.iter().filter_map(|id| hearth_model_catalog::model(id));
        Some(CatalogModel {
            id: model.id.clone(),
            name: model.name.clone(),
            publisher: model.publisher.clone(),
            kind: match model.kind {
                Kind::Chat => ModelKind::Chat,
                Kind::Code => ModelKind::Code,
                Kind::Reasoning => ModelKind::Reasoning,
                Kind::SmallTask => ModelKind::SmallTask,
                Kind::Draft => return None,
            },
            architecture: model.architecture.clone(),
            summary: model.summary.clone(),
            page: model.page.clone(),
            parameters: model.parameters,
            context_length: model.context_length,
            languages: model.languages.clone(),
            licence: model.licence.name.clone(),
            licence_url: model.licence.url.clone(),
            strengths: model
                .strengths
                .iter()
                .map(|strength| SourcedClaim {
                    claim: strength.claim.clone(),
                    source: strength.source.clone(),
                })
                .collect(),
            files: model.files.iter().map(|file| self.file(model, file)).collect(),
            drafts: drafts.map(|draft| draft.name.clone()).collect(),
        })
    }

    fn file(&self, model: &Model, file: &File) -> CatalogFile {
        let need = Need::of(model, file, CONTEXT, None);
        let long = Need::of(model, file, LONG_CONTEXT, None);
        let with_draft =
            fit::draft_of(model).and_then(|draft| Need::of(model, file, CONTEXT, Some(draft)));
        let foreseen = model.shape.map(|shape| shape.weight_bytes(file.quantization));
        let repository = file.repository.as_deref().unwrap_or_default();
        let installed = self.installed.iter().find(|installed| {
            installed.source.as_ref().is_some_and(|source| {
                source.repository() == repository && source.name() == file.name
            })
        });
        CatalogFile {
            id: format!("{repository}/{}", file.name),
            name: file.name.clone(),
            quantization: file.quantization.to_string(),
            quality: match file.quantization.choice() {
                Choice::Small => Quality::Small,
                Choice::Balanced => Quality::Balanced,
                Choice::Best => Quality::Best,
            },
            bits: file.quantization.bits(),
            perplexity_loss: file.quantization.perplexity_loss(),
            bytes: file.bytes.or(foreseen),
            need: need.zip(long).map(|(need, long)| NeedView {
                weights: need.weights,
                kv: need.kv,
                headroom: need.headroom,
                total: need.total(),
                total_long: long.total(),
                total_with_draft: with_draft.map(|need| need.total()),
            }),
            fit: need.map(|need| match fit::fit(&need, &self.hardware) {
                Fit::Fits => FitView::Fits,
                Fit::Tight => FitView::Tight,
                Fit::WillNotFit => FitView::WillNotFit,
            }),
            expected_tok_s: self.speed.expected_tok_s(model, file, CONTEXT),
            installed: installed.map(|installed| installed.id.clone()),
        }
    }
}
