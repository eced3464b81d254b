//! users: records decoded through a balancer, where lists count three times as much as one record.

use insula::{Error, LoadBalancer, compute};
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

/// Decodes `lists` of users and as many single persons on `size` runners; says how many users and
/// persons there were.
///
/// # Errors
/// The runners did not start, or were lost.
pub async fn decode_all(size: usize, lists: Vec<String>) -> Result<(usize, usize), Error> {
    let balancer = LoadBalancer::spawn(size).await?;
    let person = r#"{"firstName":"Grace","lastName":"Hopper"}"#;
    let mut tasks = Vec::new();
    for list in lists {
        let users = balancer.with_load(3).run(decode_users, list);
        let person = balancer.with_load(1).run(decode_person, person.to_owned());
        tasks.push((users, person));
    }
    let (mut users, mut persons) = (0, 0);
    for (list, person) in tasks {
        users += list.await?.map_or(0, |list| list.len());
        persons += usize::from(person.await?.is_ok());
    }
    Ok((users, persons))
}

/// The program: 20 lists of 2,000 users, on as many runners as there are cores.
///
/// # Errors
/// As [`decode_all`].
pub async fn program() -> Outcome {
    let mut lists = Vec::new();
    for seed in 0..20 {
        lists.push(compute(|seed| users_json(2_000, seed), seed).await?);
    }
    let (users, persons) = decode_all(insula::cores(), lists).await?;
    Ok(format!("{} users, {persons} persons", thousands(users)))
}
