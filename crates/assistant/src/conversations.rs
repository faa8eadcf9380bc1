//! Everything that is done with chats but asking.

use std::path::Path;

use hearth_router::Scope;
use hearth_store::{NewConversation, Store};

use crate::{
    Assistant, Error,
    api::{AppEvent, ConversationPage, ConversationView, Label},
    view,
};

impl Assistant {
    pub async fn conversation_create(&self) -> Result<ConversationView, Error> {
        let new = NewConversation {
            system_prompt: self.settings().system_prompt,
            ..NewConversation::default()
        };
        let row = self.history().write(move |store| store.create_conversation(new.clone())).await?;
        self.conversations_changed().await;
        Ok(view::conversation(row, None))
    }

    /// The chats, or those in the trash: all of them latest first, or what a search finds.
    pub async fn conversation_list(
        &self,
        query: Option<String>,
        trash: bool,
    ) -> Result<Vec<ConversationView>, Error> {
        let typed = query.filter(|typed| !typed.trim().is_empty());
        self.history()
            .read(move |store| match typed {
                Some(typed) => Ok(store
                    .search(&typed, trash)?
                    .into_iter()
                    .map(|found| view::conversation(found.conversation, Some(found.snippet)))
                    .collect()),
                None => Ok(store
                    .conversations(trash)?
                    .into_iter()
                    .map(|row| view::conversation(row, None))
                    .collect()),
            })
            .await
    }

    pub async fn conversation_open(&self, id: String) -> Result<ConversationPage, Error> {
        self.history()
            .read(move |store| {
                let conversation = view::conversation(store.conversation(&id)?, None);
                let messages = store.branch(&id)?.into_iter().map(view::branch_message).collect();
                Ok(ConversationPage { conversation, messages })
            })
            .await
    }

    pub async fn conversation_rename(&self, id: String, title: String) -> Result<(), Error> {
        self.history().change_chat(id, move |store, id| store.rename(id, title.trim())).await?;
        self.conversations_changed().await;
        Ok(())
    }

    pub async fn conversation_set_system_prompt(
        &self,
        id: String,
        text: String,
    ) -> Result<(), Error> {
        self.history().change_chat(id, move |store, id| store.set_system_prompt(id, &text)).await?;
        self.conversations_changed().await;
        Ok(())
    }

    /// A pinned conversation never leaves this device, whatever the mode.
    pub async fn conversation_pin_local(&self, id: String, pinned: bool) -> Result<(), Error> {
        self.change_leave(id, move |store, id| store.set_pinned_local(id, pinned)).await
    }

    /// What the user says the chat holds.
    pub async fn conversation_set_label(&self, id: String, label: Label) -> Result<(), Error> {
        self.change_leave(id, move |store, id| store.set_label(id, label)).await
    }

    /// Shows the branch through `message`.
    pub async fn conversation_select(
        &self,
        id: String,
        message: String,
    ) -> Result<ConversationPage, Error> {
        self.history().write(move |store| store.select(&message)).await?;
        self.conversation_open(id).await
    }

    /// For 30 days, until it is deleted for good.
    pub async fn conversation_trash(&self, id: String) -> Result<(), Error> {
        self.change_leave(id, Store::move_to_trash).await
    }

    pub async fn conversation_restore(&self, id: String) -> Result<(), Error> {
        self.change_leave(id, Store::restore).await
    }

    /// For good.
    pub async fn conversation_delete(&self, id: String) -> Result<(), Error> {
        self.change_leave(id, Store::delete).await
    }

    /// Changes whether a chat may leave. When it returns, nothing of it leaves any more that may not.
    async fn change_leave(
        &self,
        id: String,
        change: impl FnOnce(&Store, &str) -> Result<(), hearth_store::Error> + Send + 'static,
    ) -> Result<(), Error> {
        let changing = self.egress().change(vec![Scope::Chat(id.clone())]);
        let history = self.history().clone();
        // Whoever asked for it may be gone before it is done.
        let done = tokio::spawn(async move {
            let done = history.change_chat(id, change).await;
            changing.ended().await;
            done
        });
        let done = done.await.map_err(|_| Error::Stopped)?;
        self.conversations_changed().await;
        done
    }

    /// Writes all chats as JSON.
    pub async fn conversation_export(&self, path: &Path) -> Result<(), Error> {
        let path = path.to_owned();
        self.history().read(move |store| store.export_to(&path)).await
    }

    /// Adds the chats of an export; returns how many were new.
    pub async fn conversation_import(&self, path: &Path) -> Result<u32, Error> {
        let path = path.to_owned();
        let imported = self.history().write(move |store| store.import_from(&path)).await?;
        self.conversations_changed().await;
        Ok(imported.conversations)
    }

    pub(crate) async fn conversations_changed(&self) {
        match self.conversation_list(None, false).await {
            Ok(conversations) => self.events().send(AppEvent::Conversations { conversations }),
            Err(error) => tracing::warn!(%error, "the list of chats could not be read"),
        }
        self.status_changed().await;
    }
}
