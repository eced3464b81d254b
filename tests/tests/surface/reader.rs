//! Reads the public surface out of the sources.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use proc_macro2::TokenTree;
use quote::ToTokens;
use syn::{
    Attribute, File, Generics, ImplItem, Item, ItemImpl, TraitItem, Type, UseTree, Visibility,
};

use crate::print;

/// Where core writes the face: the arm of `face!` that does so, up to its end.
const FACE: (&str, &str) = (
    "    ($platform:ident $(, platform { $($own:item)* })? $(, logs { $($log:item)* })?) => {",
    "\n    };\n}\n",
);

/// The crates that the facade is made of, with the mark of what only one platform has.
const CRATES: [(&str, &str); 3] = [("core", ""), ("native", " [native]"), ("web", " [web]")];

/// What one crate declares, by name.
#[derive(Default)]
struct Crate {
    mark: &'static str,
    items: BTreeMap<String, Vec<Item>>,
    impls: BTreeMap<String, Vec<ItemImpl>>,
    /// The items that it adds to rooms of the face.
    rooms: BTreeMap<String, Vec<Item>>,
}

/// The sources of the facade and of what it names.
pub(crate) struct Sources {
    crates: Vec<Crate>,
    facade: File,
    face: File,
    web: Vec<Item>,
    gloo: Vec<Item>,
}

impl Sources {
    /// Reads the workspace at `root`.
    pub(crate) fn of(root: &Path) -> Self {
        let face = read(&root.join("core/src/face.rs"));
        let (_, face) = face.split_once(FACE.0).expect("core writes a face");
        let (face, _) = face.split_once(FACE.1).expect("the face has an end");
        let face = face
            .replace("$($($own)*)?", "")
            .replace("$($($log)*)?", "")
            .replace("= $platform;", "= _;")
            .replace("super::$platform", "Here")
            .replace("$platform", "Here")
            .replace("$crate", "insula_core");
        let crates = CRATES.map(|(folder, mark)| {
            let mut own = Crate {
                mark,
                ..Crate::default()
            };
            own.read_folder(&root.join(folder).join("src"));
            own
        });
        Self {
            crates: crates.into(),
            facade: parse(&root.join("src/lib.rs")),
            face: syn::parse_file(&face).expect("the face is Rust"),
            web: parse(&root.join("web/src/web.rs")).items,
            gloo: parse(&root.join("web/src/gloo/face.rs")).items,
        }
    }

    /// Every line of the surface: a path and what stands there.
    pub(crate) fn surface(&self) -> BTreeSet<String> {
        let mut lines = BTreeSet::new();
        for item in &self.facade.items {
            match item {
                Item::Use(list) if is_public(&list.vis) => {
                    for name in names(&list.tree) {
                        let mark = features(&list.attrs);
                        if name == "web" {
                            self.room("insula::web", &self.web, 2, &mut lines);
                            self.room("insula::web::gloo", &self.gloo, 2, &mut lines);
                        } else {
                            self.named("insula", &name, &mark, &mut lines);
                        }
                    }
                }
                Item::Macro(exported) => {
                    let name = exported.ident.as_ref().expect("a macro has a name");
                    lines.insert(format!("insula::{name}!: macro"));
                }
                _ => {}
            }
        }
        lines
    }

    /// A name in the facade's root: of the face, or one that each platform declares.
    fn named(&self, path: &str, name: &str, mark: &str, lines: &mut BTreeSet<String>) {
        let found = self.face.items.iter().find(|item| match item {
            Item::Use(list) => names(&list.tree).contains(name),
            item => ident(item).is_some_and(|ident| ident == name),
        });
        match found {
            Some(Item::Mod(room)) => {
                let (_, items) = room.content.as_ref().expect("a room is written in place");
                let path = format!("{path}::{name}");
                self.room(&path, items, 0, lines);
                for (place, platform) in self.crates.iter().enumerate() {
                    let own = platform.rooms.get(name);
                    self.room(&path, own.map_or(&[], Vec::as_slice), place, lines);
                }
            }
            Some(Item::Use(_)) => self.declared(path, name, 0, mark, lines),
            Some(item) => self.item(path, item, 0, mark, lines),
            None => {
                for place in 0..self.crates.len() {
                    self.declared(path, name, place, mark, lines);
                }
            }
        }
    }

    /// The items of a module; what it re-exports is declared in the crate at `place`.
    fn room(&self, path: &str, items: &[Item], place: usize, lines: &mut BTreeSet<String>) {
        for item in items {
            match item {
                Item::Use(list) if is_public(&list.vis) => {
                    for name in names(&list.tree) {
                        self.declared(path, &name, place, &features(&list.attrs), lines);
                    }
                }
                Item::Use(_) => {}
                item if visibility(item).is_some_and(is_public) => {
                    self.item(path, item, place, &features(attributes(item)), lines);
                }
                _ => {}
            }
        }
    }

    /// What the crate at `place` declares by a name.
    fn declared(
        &self,
        path: &str,
        name: &str,
        place: usize,
        mark: &str,
        lines: &mut BTreeSet<String>,
    ) {
        for item in self.crates[place].items.get(name).into_iter().flatten() {
            self.item(path, item, place, mark, lines);
        }
    }

    fn item(
        &self,
        path: &str,
        item: &Item,
        place: usize,
        mark: &str,
        lines: &mut BTreeSet<String>,
    ) {
        let mark = format!("{mark}{}", self.crates[place].mark);
        let Some(name) = ident(item) else { return };
        let path = format!("{path}::{name}");
        lines.insert(format!("{path}: {}{mark}", print::head(item)));
        match item {
            Item::Type(alias) => {
                if let Type::Path(target) = &*alias.ty {
                    let segments = &target.path.segments;
                    let target = segments.last().expect("a path has a segment");
                    if segments
                        .first()
                        .is_some_and(|first| first.ident == "insula_core")
                    {
                        self.members(&path, &target.ident.to_string(), 0, "", lines);
                    }
                }
            }
            Item::Struct(_) | Item::Enum(_) | Item::Trait(_) => {
                self.members(&path, &name, place, &mark, lines);
            }
            _ => {}
        }
    }

    /// Fields, variants, methods and traits of a type.
    fn members(
        &self,
        path: &str,
        name: &str,
        place: usize,
        mark: &str,
        lines: &mut BTreeSet<String>,
    ) {
        let own = &self.crates[place];
        let mut add = |member: &str, text: String| {
            lines.insert(format!("{path}{member}: {text}{mark}"));
        };
        for item in own.items.get(name).into_iter().flatten() {
            for derived in print::derives(attributes(item)) {
                add("", format!("impl {derived}"));
            }
            match item {
                Item::Struct(item) => {
                    for field in item.fields.iter().filter(|field| is_public(&field.vis)) {
                        let field_name = field
                            .ident
                            .as_ref()
                            .map_or("0".to_owned(), ToString::to_string);
                        add(&format!("::{field_name}"), print::ty(&field.ty));
                    }
                }
                Item::Enum(item) => {
                    for variant in &item.variants {
                        add(&format!("::{}", variant.ident), print::variant(variant));
                    }
                }
                Item::Trait(item) => {
                    for inner in item
                        .items
                        .iter()
                        .filter(|inner| !is_hidden(trait_attributes(inner)))
                    {
                        if let Some((name, text)) = print::trait_item(inner) {
                            add(&format!("::{name}"), text);
                        }
                    }
                }
                _ => {}
            }
        }
        for block in own.impls.get(name).into_iter().flatten() {
            if block.trait_.is_some() {
                add("", print::trait_impl(block));
                continue;
            }
            let generics = beside_the_platform(&block.generics);
            for inner in &block.items {
                if let ImplItem::Fn(method) = inner
                    && is_public(&method.vis)
                    && !is_hidden(&method.attrs)
                {
                    let (name, text) = (&method.sig.ident, print::signature(&method.sig));
                    add(&format!("{generics}::{name}"), text);
                }
            }
        }
    }
}

impl Crate {
    fn read_folder(&mut self, folder: &Path) {
        for entry in fs::read_dir(folder).expect("the folder can be read") {
            let path = entry.expect("the entry can be read").path();
            if path.is_dir() {
                self.read_folder(&path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                self.read_items(parse(&path).items);
            }
        }
    }

    fn read_items(&mut self, items: Vec<Item>) {
        for item in items {
            match item {
                Item::Impl(block) => {
                    if let Type::Path(of) = &*block.self_ty
                        && let Some(last) = of.path.segments.last()
                    {
                        let name = last.ident.to_string();
                        self.impls.entry(name).or_default().push(block);
                    }
                }
                // What belongs to tests and models is no part of the surface.
                Item::Mod(inner) if inner.attrs.iter().any(|one| one.path().is_ident("cfg")) => {}
                Item::Mod(inner) => {
                    let (_, items) = inner.content.unwrap_or_default();
                    self.read_items(items);
                }
                Item::Macro(face)
                    if face
                        .mac
                        .path
                        .segments
                        .last()
                        .is_some_and(|last| last.ident == "face") =>
                {
                    let mut room = String::new();
                    for token in face.mac.tokens {
                        match token {
                            TokenTree::Ident(name) => room = name.to_string(),
                            TokenTree::Group(group) => {
                                let own: File =
                                    syn::parse2(group.stream()).expect("a platform adds items");
                                self.rooms
                                    .entry(room.clone())
                                    .or_default()
                                    .extend(own.items);
                            }
                            _ => {}
                        }
                    }
                }
                item => {
                    if let Some(name) =
                        ident(&item).filter(|_| visibility(&item).is_some_and(is_public))
                    {
                        self.items.entry(name).or_default().push(item);
                    }
                }
            }
        }
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn parse(path: &Path) -> File {
    syn::parse_file(&read(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn is_hidden(attributes: &[Attribute]) -> bool {
    let mut docs = attributes.iter().filter(|one| one.path().is_ident("doc"));
    docs.any(|one| one.meta.to_token_stream().to_string().contains("(hidden)"))
}

/// The features that an item needs, as a mark.
fn features(attributes: &[Attribute]) -> String {
    let texts = attributes
        .iter()
        .filter(|one| one.path().is_ident("cfg"))
        .map(|one| one.meta.to_token_stream().to_string());
    texts
        .filter_map(|text| {
            let feature = text
                .split_once("feature = \"")?
                .1
                .split_once('"')?
                .0
                .to_owned();
            Some(format!(" [feature {feature}]"))
        })
        .collect()
}

/// The names that a `use` brings.
fn names(tree: &UseTree) -> BTreeSet<String> {
    match tree {
        UseTree::Path(path) => names(&path.tree),
        UseTree::Name(name) => [name.ident.to_string()].into(),
        UseTree::Rename(rename) => [rename.rename.to_string()].into(),
        UseTree::Group(group) => group.items.iter().flat_map(names).collect(),
        _ => BTreeSet::new(),
    }
}

/// The generics of an `impl` but for its platform, which every one has.
fn beside_the_platform(generics: &Generics) -> String {
    let parameters: Vec<_> = generics
        .params
        .iter()
        .map(|one| one.to_token_stream().to_string().replace(" :", ":"))
        .filter(|one| one != "P: Platform" && one != "P")
        .collect();
    match parameters.len() {
        0 => String::new(),
        _ => format!("<{}>", parameters.join(", ")),
    }
}

fn trait_attributes(item: &TraitItem) -> &[Attribute] {
    match item {
        TraitItem::Const(item) => &item.attrs,
        TraitItem::Fn(item) => &item.attrs,
        TraitItem::Type(item) => &item.attrs,
        _ => &[],
    }
}

/// Calls a macro's arm with what every kind of item that can be named has.
macro_rules! of_item {
    ($item:expr, $one:ident => $value:expr) => {
        match $item {
            Item::Const($one) => Some($value),
            Item::Enum($one) => Some($value),
            Item::Mod($one) => Some($value),
            Item::Static($one) => Some($value),
            Item::Struct($one) => Some($value),
            Item::Trait($one) => Some($value),
            Item::Type($one) => Some($value),
            _ => None,
        }
    };
}

fn ident(item: &Item) -> Option<String> {
    match item {
        Item::Fn(item) => Some(item.sig.ident.to_string()),
        item => of_item!(item, one => one.ident.to_string()),
    }
}

fn visibility(item: &Item) -> Option<&Visibility> {
    match item {
        Item::Fn(item) => Some(&item.vis),
        item => of_item!(item, one => &one.vis),
    }
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Fn(item) => &item.attrs,
        item => of_item!(item, one => one.attrs.as_slice()).unwrap_or_default(),
    }
}
