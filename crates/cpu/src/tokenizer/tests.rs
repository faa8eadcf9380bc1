mod golden;
mod promises;
