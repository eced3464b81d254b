//! users, anywhere.

use insula_examples::{
    programs::Outcome,
    report::thousands,
    users::{PERSON, decode_person, decode_users, users_json},
};

use crate::way::Place;

pub(super) async fn program(on: &Place) -> Outcome {
    let lists: Vec<_> = (0..20)
        .map(|n| on.run(|n| users_json(2_000, n), n))
        .collect();
    let mut jobs = Vec::new();
    for list in lists {
        let users = on.run(decode_users, list.await?);
        jobs.push((users, on.run(decode_person, PERSON.to_owned())));
    }
    let (mut users, mut persons) = (0, 0);
    for (list, person) in jobs {
        users += list.await??.len();
        persons += usize::from(person.await?.is_ok());
    }
    Ok(format!("{} users, {persons} persons", thousands(users)))
}
