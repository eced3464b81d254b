//! users: records decoded on a pool, where one record goes before the lists that wait.

use insula::{Error, WorkerPool};
use serde::{Deserialize, Serialize};

use crate::{documents::Unreadable, programs::Outcome, report::thousands};

/// One person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    /// The given name.
    pub first_name: String,
    /// The family name.
    pub last_name: String,
}

/// One user of a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The number.
    pub id: u32,
    /// Who it is.
    pub person: Person,
    /// Where mail goes.
    pub email: String,
}

/// A person as JSON.
pub const PERSON: &str = r#"{"firstName":"Grace","lastName":"Hopper"}"#;

/// Decodes one person.
///
/// # Errors
/// It is not JSON, or not of a person.
pub fn decode_person(json: String) -> Result<Person, Unreadable> {
    serde_json::from_str(&json).map_err(|error| Unreadable(error.to_string()))
}

/// Decodes a list of users.
///
/// # Errors
/// It is not JSON, or not of users.
pub fn decode_users(json: String) -> Result<Vec<User>, Unreadable> {
    serde_json::from_str(&json).map_err(|error| Unreadable(error.to_string()))
}

/// `count` users as JSON.
#[must_use]
pub fn users_json(count: u32, seed: u64) -> String {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut name = || -> String {
        (0..random.usize(3..10))
            .map(|_| random.lowercase())
            .collect()
    };
    let users: Vec<User> = (0..count)
        .map(|id| {
            let person = Person {
                first_name: name(),
                last_name: name(),
            };
            let email = format!("{}@example.org", person.last_name);
            User { id, person, email }
        })
        .collect();
    serde_json::to_string(&users).unwrap_or_default()
}

/// Decodes `lists` of users and as many single persons on a pool; says how many users and persons there were.
///
/// # Errors
/// An isolate did not start, or was lost.
pub async fn decode_all(pool: &WorkerPool, lists: Vec<String>) -> Result<(usize, usize), Error> {
    let decode = |list| {
        let person = pool.job(decode_person, PERSON.to_owned());
        // One person is there soon, and does not wait for the lists.
        (pool.run(decode_users, list), person.priority(1).start())
    };
    let tasks: Vec<_> = lists.into_iter().map(decode).collect();
    let (mut users, mut persons) = (0, 0);
    for (list, person) in tasks {
        users += list.await?.map_or(0, |list| list.len());
        persons += usize::from(person.await?.is_ok());
    }
    Ok((users, persons))
}

/// The program: 20 lists of 2,000 users, on a pool.
///
/// # Errors
/// As [`decode_all`].
pub async fn program() -> Outcome {
    let pool = WorkerPool::new();
    let mut lists = Vec::new();
    for seed in 0..20 {
        lists.push(pool.run(|seed| users_json(2_000, seed), seed).await?);
    }
    let (users, persons) = decode_all(&pool, lists).await?;
    Ok(format!("{} users, {persons} persons", thousands(users)))
}
