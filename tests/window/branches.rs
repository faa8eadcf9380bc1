use hearth_tests::Desk;

#[tokio::test]
async fn an_edited_question_makes_a_branch_and_both_stay() {
    let desk = Desk::fresh();
    let window = desk.open().await;
    let france = window.answer_to("What is the capital of France?").await;

    window.click("edit").await;
    window.type_into("edit-text", "What is the capital of Italy?").await;
    window.click("edit-save").await;
    let italy = window.finished_after(Some(france.id.clone())).await;
    assert!(italy.text.contains("Rome"), "{}", italy.text);
    assert_eq!(window.text("branch-position").await.replace(' ', ""), "2/2");

    window.click("branch-prev").await;
    let shown = window.finished_after(Some(italy.id)).await;
    assert_eq!(shown.id, france.id);
    assert_eq!(shown.text, france.text);
}

#[tokio::test]
async fn a_second_answer_to_the_same_question_stands_beside_the_first() {
    let desk = Desk::fresh();
    let window = desk.open().await;
    let first = window.answer_to("Hello!").await;
    window.click("regenerate").await;
    let second = window.finished_after(Some(first.id.clone())).await;
    assert_ne!(second.id, first.id);
    assert_eq!(window.all("message-user").await.len(), 1, "the question is not asked twice");
    assert_eq!(window.text("branch-position").await.replace(' ', ""), "2/2");
}
