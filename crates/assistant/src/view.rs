//! From the store's rows to what the window sees.

use hearth_store as rows;

use crate::api::{AnswerView, ConnectionView, ConversationView, MessageView, TokenMark, UsageDay};

pub(crate) fn conversation(row: rows::Conversation, snippet: Option<String>) -> ConversationView {
    ConversationView {
        foreign_prompt: row.has_foreign_prompt(),
        id: row.id,
        title: row.title,
        system_prompt: row.system_prompt,
        created_ms: row.created_ms,
        updated_ms: row.updated_ms,
        pinned_local: row.pinned_local,
        label: row.label,
        trashed_ms: row.trashed_ms,
        snippet,
    }
}

pub(crate) fn branch_message(row: rows::BranchMessage) -> MessageView {
    message(row.message, row.siblings)
}

pub(crate) fn message(row: rows::Message, siblings: Vec<String>) -> MessageView {
    MessageView {
        id: row.id,
        parent: row.parent,
        role: row.role,
        text: row.text,
        thought: row.thought,
        created_ms: row.created_ms,
        siblings,
        answer: row.answer.map(answer),
    }
}

fn answer(row: rows::Answer) -> AnswerView {
    AnswerView {
        finish: row.finish,
        place: row.place,
        model: row.model,
        backend: row.backend,
        device: row.device,
        reasons: row.reasons,
        usage: row.usage,
        timing: row.timing,
        confidence: row.confidence,
        speculation: row.speculation,
        cost_nano_usd: row.cost_nano_usd,
        bytes_sent: row.bytes_sent,
        error: row.error,
        tokens: row.tokens.into_iter().map(mark).collect(),
    }
}

fn mark(rows::TokenMark { length, origin, logprob }: rows::TokenMark) -> TokenMark {
    TokenMark { length, origin, logprob }
}

pub(crate) fn mark_row(TokenMark { length, origin, logprob }: TokenMark) -> rows::TokenMark {
    rows::TokenMark { length, origin, logprob }
}

pub(crate) fn usage_day(row: rows::UsageDay) -> UsageDay {
    UsageDay {
        date: row.date,
        answers_this_device: row.answers_this_device,
        answers_own_server: row.answers_own_server,
        answers_cloud: row.answers_cloud,
        prompt_tokens: row.prompt_tokens,
        completion_tokens: row.completion_tokens,
        local_prompt_tokens: row.local_prompt_tokens,
        local_completion_tokens: row.local_completion_tokens,
        cost_nano_usd: row.cost_nano_usd,
        ttft_ms_p50: row.ttft_ms_p50,
        ttft_ms_p95: row.ttft_ms_p95,
        decode_tok_s_p50: row.decode_tok_s_p50,
        decode_tok_s_p95: row.decode_tok_s_p95,
    }
}

pub(crate) fn connection(row: rows::Connection) -> ConnectionView {
    ConnectionView {
        at_ms: row.at_ms,
        host: row.host,
        purpose: row.purpose,
        bytes_sent: row.bytes_sent,
        bytes_received: row.bytes_received,
    }
}
