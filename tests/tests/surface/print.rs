//! Items as one line each.

use quote::{ToTokens, quote};
use syn::{
    Attribute, Fields, File, Item, ItemImpl, Signature, TraitItem, Type, Variant,
    punctuated::Punctuated,
};

/// Rust in the usual form, on one line.
fn line(item: impl ToTokens) -> String {
    let file: File = syn::parse2(item.into_token_stream()).expect("an item is printed");
    let text = prettyplease::unparse(&file);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = text
        .replace("( ", "(")
        .replace(", )", ")")
        .replace(" )", ")");
    text.replace("< ", "<").replace(", >", ">")
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let text = text.strip_prefix(before).unwrap_or(text);
    text.strip_suffix(after).unwrap_or(text).trim()
}

/// What an item is, without what is in it.
pub(crate) fn head(item: &Item) -> String {
    match item {
        Item::Fn(item) => signature(&item.sig),
        Item::Type(item) => {
            let (ident, generics, ty) = (&item.ident, &item.generics, &item.ty);
            line(quote!(type #ident #generics = #ty;))
        }
        Item::Struct(item) => {
            let (ident, generics) = (&item.ident, &item.generics);
            line(quote!(struct #ident #generics;)) + open(&item.attrs)
        }
        Item::Enum(item) => {
            let (ident, generics) = (&item.ident, &item.generics);
            line(quote!(enum #ident #generics {})) + open(&item.attrs)
        }
        Item::Trait(item) => {
            let (ident, generics, supertraits) = (&item.ident, &item.generics, &item.supertraits);
            line(quote!(trait #ident #generics: #supertraits {}))
        }
        Item::Const(item) => {
            let ty = &item.ty;
            format!("const: {}", self::ty(ty))
        }
        _ => "item".to_owned(),
    }
}

/// Says when a type may get more fields or variants.
fn open(attributes: &[Attribute]) -> &'static str {
    let open = attributes
        .iter()
        .any(|one| one.path().is_ident("non_exhaustive"));
    if open { " non_exhaustive" } else { "" }
}

/// The traits that are derived.
pub(crate) fn derives(attributes: &[Attribute]) -> Vec<String> {
    let derives = attributes
        .iter()
        .filter(|one| one.path().is_ident("derive"));
    let derives = derives.filter_map(|one| {
        one.parse_args_with(Punctuated::<syn::Path, syn::Token![,]>::parse_terminated)
            .ok()
    });
    derives
        .flatten()
        .filter_map(|path| Some(path.segments.last()?.ident.to_string()))
        .collect()
}

pub(crate) fn signature(signature: &Signature) -> String {
    between(&line(quote!(#signature {})), "", "{}").to_owned()
}

pub(crate) fn ty(ty: &Type) -> String {
    between(&line(quote!(type X = #ty;)), "type X = ", ";").to_owned()
}

pub(crate) fn variant(variant: &Variant) -> String {
    let mut variant = variant.clone();
    variant.attrs.clear();
    if let Fields::Named(fields) = &mut variant.fields {
        fields
            .named
            .iter_mut()
            .for_each(|field| field.attrs.clear());
    }
    let text = line(quote!(enum X { #variant }));
    between(between(&text, "enum X {", "}"), "", ",").to_owned()
}

/// An item of a trait, with its name.
pub(crate) fn trait_item(item: &TraitItem) -> Option<(String, String)> {
    let mut item = item.clone();
    let name = match &mut item {
        TraitItem::Const(item) => {
            item.attrs.clear();
            item.ident.to_string()
        }
        TraitItem::Type(item) => {
            item.attrs.clear();
            item.ident.to_string()
        }
        TraitItem::Fn(item) => {
            let default = if item.default.is_some() {
                " (has a default)"
            } else {
                ""
            };
            return Some((item.sig.ident.to_string(), signature(&item.sig) + default));
        }
        _ => return None,
    };
    let text = line(quote!(trait X { #item }));
    Some((
        name,
        between(between(&text, "trait X {", "}"), "", ";").to_owned(),
    ))
}

/// The head of an `impl` of a trait.
pub(crate) fn trait_impl(block: &ItemImpl) -> String {
    let mut block = block.clone();
    block.items.clear();
    block.attrs.clear();
    between(&line(block), "", "{}").to_owned()
}
