//! Values arrive equal to the ones that were sent.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fmt::Debug,
    sync::Arc,
};

use insula_core::{Function, Isolate, Message, Moved, Platform, ReceivePort, SendPort, Start};
use serde::{Deserialize, Serialize};

use crate::starting::start;

/// Sends back what it is sent.
async fn echo<P: Platform, T: Message>(start: Start<SendPort<P, (Option<T>, SendPort<P, T>)>>) {
    let mut port = ReceivePort::<P, T>::new();
    start.message.send((None, port.send_port())).unwrap();
    while let Some(value) = port.next().await {
        start.message.send((Some(value), port.send_port())).unwrap();
    }
}

/// Sends values to an isolate and gets them back, in order.
pub(crate) async fn round_trips<P: Platform, T: Message>(values: Vec<T>) -> Vec<T> {
    let mut answers = ReceivePort::<P, (Option<T>, SendPort<P, T>)>::new();
    let isolate = start::<P, _, _>(echo::<P, T>, answers.send_port()).await;
    let (_, port) = answers.next().await.unwrap();
    let count = values.len();
    for value in values {
        port.send(value).unwrap();
    }
    let mut back = Vec::new();
    while back.len() < count {
        back.extend(answers.next().await.unwrap().0);
    }
    isolate.kill(insula_core::Priority::BeforeNextEvent);
    back
}

/// Asserts that values come back equal.
pub(crate) async fn survive<P: Platform, T: Message + Clone + PartialEq + Debug, const N: usize>(
    values: [T; N],
) {
    assert_eq!(round_trips::<P, T>(values.to_vec()).await, values);
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
enum Color {
    Red,
    Green,
    Blue,
}

/// Enums arrive as the variant they were.
///
/// Source: dart-sdk `tests/lib/isolate/enum_const_test`.
pub async fn enum_arrives_as_its_variant<P: Platform>() {
    survive::<P, _, _>([Color::Blue, Color::Red, Color::Green]).await;
}

/// A map with enums as keys is usable when it arrives.
///
/// Source: dart-sdk `tests/lib/isolate/message_enum_test`.
pub async fn map_with_enum_keys_is_usable<P: Platform>() {
    let map = HashMap::from([(Color::Red, 1), (Color::Blue, 3)]);
    let back = round_trips::<P, _>(vec![map]).await.remove(0);
    assert_eq!(
        (
            back.get(&Color::Red),
            back.get(&Color::Green),
            back.get(&Color::Blue)
        ),
        (Some(&1), None, Some(&3))
    );
}

/// A set of enums from another isolate works together with one from here.
///
/// Source: dart-sdk `tests/lib/isolate/issue_35626_test`.
pub async fn set_of_enums_joins_a_local_set<P: Platform>() {
    let set = HashSet::from([Color::Red, Color::Green]);
    let back = round_trips::<P, _>(vec![set]).await.remove(0);
    let local = HashSet::from([Color::Green, Color::Blue]);
    assert_eq!(
        back.intersection(&local).collect::<Vec<_>>(),
        [&Color::Green]
    );
    assert_eq!(back.union(&local).count(), 3);
}

/// A value of any kind, in one type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Any {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(String),
    List(Vec<Self>),
    Map(BTreeMap<String, Self>),
}

/// Messages of many shapes arrive equal and in order.
///
/// Source: dart-sdk `tests/lib/isolate/isolate_complex_messages_test`.
pub async fn messages_of_all_shapes_keep_their_order<P: Platform>() {
    survive::<P, _, _>([
        Any::Int(42),
        Any::Text("a text".to_owned()),
        Any::List(vec![Any::Null, Any::Bool(true), Any::Bool(false)]),
        Any::List(vec![
            Any::Double(1.25),
            Any::Double(-0.0),
            Any::Double(f64::MAX),
            Any::Int(1 << 40),
            Any::Int(-(1 << 40)),
        ]),
        Any::List(vec![
            Any::List(vec![Any::List(vec![])]),
            Any::Text(String::new()),
        ]),
    ])
    .await;
}

/// Lists and maps in each other keep their shape.
///
/// Source: dart-sdk `tests/lib/isolate/message_test`.
pub async fn nested_lists_and_maps_keep_their_shape<P: Platform>() {
    let inner = Any::Map(BTreeMap::from([(
        "list".to_owned(),
        Any::List(vec![Any::Int(1), Any::Null]),
    )]));
    survive::<P, _, _>([Any::List(vec![
        inner.clone(),
        inner.clone(),
        Any::Map(BTreeMap::from([("map".to_owned(), inner)])),
    ])])
    .await;
}

/// A map arrives equal.
///
/// Source: dart-sdk `tests/lib/isolate/message2_test`.
pub async fn map_arrives_equal<P: Platform>() {
    let map: BTreeMap<_, _> = ["a", "b", "c"]
        .into_iter()
        .zip(1_u32..)
        .map(|(key, value)| (key.to_owned(), value))
        .collect();
    survive::<P, _, _>([map, BTreeMap::new()]).await;
}

/// The smallest and largest numbers arrive equal, `NaN` as `NaN`, and -0 with its sign.
///
/// Source: dart-sdk `tests/lib/isolate/message3_test`.
pub async fn numbers_arrive_equal_at_their_limits<P: Platform>() {
    survive::<P, _, _>([(
        u8::MAX,
        i8::MIN,
        u16::MAX,
        i16::MIN,
        u32::MAX,
        i32::MIN,
        u64::MAX,
        i64::MIN,
    )])
    .await;
    survive::<P, _, _>([
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::MIN_POSITIVE,
        f64::EPSILON,
    ])
    .await;
    assert!(round_trips::<P, _>(vec![f64::NAN]).await[0].is_nan());
    assert!(round_trips::<P, _>(vec![-0.0_f64]).await[0].is_sign_negative());
}

/// Texts of any script arrive equal.
///
/// Source: dart-sdk `tests/lib/isolate/message3_test`.
pub async fn texts_of_any_script_arrive_equal<P: Platform>() {
    survive::<P, _, _>([
        String::new(),
        "ä€\u{1f600}\0\n".to_owned(),
        "x".repeat(3_000),
    ])
    .await;
    survive::<P, _, _>(['a', '\u{10ffff}']).await;
}

/// Lists of every length arrive equal.
///
/// Source: dart-sdk `tests/lib/isolate/message3_test`.
pub async fn lists_of_any_length_arrive_equal<P: Platform>() {
    survive::<P, _, _>([vec![], vec![1_u32], (0..300).collect()]).await;
    survive::<P, _, _>([[[1_u8, 2], [3, 4]], [[0; 2]; 2]]).await;
    survive::<P, _, _>([vec![None, Some(vec![Some(1_u32), None])]]).await;
}

mod private {
    use serde::{Deserialize, Serialize};

    /// A type that only its module can build.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct Private {
        field: (u32, String),
    }

    pub(super) fn make() -> Private {
        Private {
            field: (499, "secret".to_owned()),
        }
    }
}

/// A value with private fields arrives equal.
///
/// Source: dart-sdk `tests/lib/isolate/send_private_test`.
pub async fn private_fields_arrive_equal<P: Platform>() {
    survive::<P, _, _>([private::make()]).await;
}

/// A value of a type parameter arrives with its type.
///
/// Source: dart-sdk `tests/lib/isolate/message3_test`.
pub async fn generic_value_arrives_with_its_type<P: Platform>() {
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Pair<A, B>(A, B);
    survive::<P, _, _>([Pair(1_u32, Pair("x".to_owned(), Color::Red))]).await;
}

/// A typed list arrives as that type.
///
/// Source: dart-sdk `tests/lib/isolate/typed_message_test`.
pub async fn typed_list_arrives_as_its_type<P: Platform>() {
    let back: Vec<Vec<i32>> = round_trips::<P, _>(vec![vec![1, -2, 3]]).await;
    assert_eq!(back, [[1, -2, 3]]);
}

/// Nested typed collections arrive with their types.
///
/// Source: dart-sdk `tests/lib/isolate/issue_24243_parent_isolate_test`.
pub async fn nested_collections_keep_their_types<P: Platform>() {
    let map: BTreeMap<u32, Vec<Option<String>>> =
        BTreeMap::from([(1, vec![Some("a".to_owned()), None])]);
    survive::<P, _, _>([map]).await;
}

/// The largest integers arrive equal.
///
/// Source: dart-sdk `tests/lib/isolate/regress_34752_test`.
pub async fn largest_integers_arrive_equal<P: Platform>() {
    survive::<P, _, _>([(u128::MAX, i128::MIN), (1 << 100, -1)]).await;
}

/// An object that holds five thousand numbers arrives equal.
///
/// Source: dart-sdk `tests/lib/isolate/regress_flutter_22796_test`.
pub async fn object_of_five_thousand_numbers_arrives_equal<P: Platform>() {
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Holder {
        numbers: Vec<i32>,
    }
    survive::<P, _, _>([Holder {
        numbers: (0..5_000).collect(),
    }])
    .await;
}

/// A map from elsewhere finds its keys: it hashes them as this isolate does.
///
/// Source: dart-sdk `tests/lib/isolate/vm_rehash_test`.
pub async fn map_is_hashed_anew_by_its_receiver<P: Platform>() {
    let map: HashMap<(String, u32), u32> = (0..50).map(|n| ((n.to_string(), n), n)).collect();
    let back = round_trips::<P, _>(vec![map]).await.remove(0);
    assert!((0..50).all(|n| back[&(n.to_string(), n)] == n));
}

fn triple(number: u32) -> u32 {
    number * 3
}

/// Functions, and closures that capture nothing, can be sent. They do the same after their journey.
///
/// Source: dart-sdk `tests/lib/isolate/function_send_test`.
/// Source: dart-sdk `tests/lib/isolate/message4_test`.
pub async fn functions_do_the_same_after_a_journey<P: Platform>() {
    let functions = vec![
        Function::<P, u32, u32>::new(triple),
        Function::new(|number| number + 1),
    ];
    let back = round_trips::<P, _>(functions).await;
    assert_eq!(
        back.into_iter()
            .map(|function| function.call(5))
            .collect::<Vec<_>>(),
        [15, 6]
    );
}

/// A function that was sent is called there.
///
/// Source: dart-sdk `tests/lib/isolate/function_send_test`.
pub async fn function_that_was_sent_is_called_there<P: Platform>() {
    async fn call<P: Platform>(start: Start<(Function<P, u32, u32>, SendPort<P, u32>)>) {
        let (function, port) = start.message;
        port.send(function.call(7)).unwrap();
    }
    let mut port = ReceivePort::<P, u32>::new();
    start::<P, _, _>(call::<P>, (Function::new(triple), port.send_port())).await;
    assert_eq!(port.next().await, Some(21));
}

/// One function twice in a list arrives as two that do the same.
///
/// Source: dart-sdk `tests/lib/isolate/issue_22778_test`.
pub async fn function_sent_twice_arrives_as_equals<P: Platform>() {
    let function = Function::<P, u32, u32>::new(triple);
    let back = round_trips::<P, _>(vec![[function, function]])
        .await
        .remove(0);
    assert_eq!(back.map(|function| function.call(2)), [6, 6]);
    assert_eq!(back[0], back[1]);
}

/// A `Moved` value arrives as the same object, and not as a copy.
///
/// Source: dart-sdk `tests/lib/isolate/fast_copy_during_initial_message_test`.
pub async fn moved_value_arrives_as_the_same_object<P: Platform>() {
    async fn give_back<P: Platform>(
        start: Start<(Moved<P, Arc<str>>, SendPort<P, Moved<P, Arc<str>>>)>,
    ) {
        let (value, port) = start.message;
        port.send(value).unwrap();
    }
    let (value, mut port) = (
        Arc::<str>::from(format!("made at {}", "run time")),
        ReceivePort::<P, Moved<P, Arc<str>>>::new(),
    );
    start::<P, _, _>(
        give_back::<P>,
        (Moved::new(value.clone()), port.send_port()),
    )
    .await;
    assert!(Arc::ptr_eq(
        &port.next().await.unwrap().into_inner(),
        &value
    ));
}

/// An isolate's handle can be sent, and is the same there.
///
/// Source: dart-sdk `tests/lib/isolate/isolate_current_test`.
pub async fn isolate_handle_can_be_sent<P: Platform>() {
    let handle = Isolate::<P>::current();
    let back = round_trips::<P, _>(vec![handle.clone()]).await.remove(0);
    assert_eq!((&back, back.debug_name()), (&handle, handle.debug_name()));
}

/// Lists of all kinds arrive equal.
///
/// Source: co19 `SendPort/send_A01_t02`.
pub async fn lists_of_all_kinds_arrive_equal<P: Platform>() {
    survive::<P, _, _>([vec![], vec![1_i64, -1, i64::MAX]]).await;
    survive::<P, _, _>([vec!["a".to_owned(), String::new()]]).await;
    survive::<P, _, _>([vec![vec![vec![1.5_f64]], vec![]]]).await;
    survive::<P, _, _>([vec![(); 3]]).await;
}

/// Maps of all kinds arrive equal.
///
/// Source: co19 `SendPort/send_A01_t03`.
pub async fn maps_of_all_kinds_arrive_equal<P: Platform>() {
    survive::<P, _, _>([
        HashMap::from([(1_u32, "a".to_owned()), (2, String::new())]),
        HashMap::new(),
    ])
    .await;
    survive::<P, _, _>([BTreeMap::from([(
        "k".to_owned(),
        BTreeMap::from([(1_i8, vec![true])]),
    )])])
    .await;
    survive::<P, _, _>([HashMap::from([((1_u8, Color::Red), Some(0.5_f32))])]).await;
}
