//! Which variants of which enums have been rehearsed.

use super::shapes::EnumShape;

#[derive(Default)]
pub(super) struct Variants(Vec<Enum>);

struct Enum {
    type_name: &'static str,
    owner: &'static str,
    names: &'static [&'static str],
    variants: Vec<Variant>,
}

#[derive(Clone, Default)]
struct Variant {
    uses: usize,
    /// The number of steps it took when it was accepted; the smallest seen.
    cost: Option<usize>,
    /// Its number was refused: the name is an alias.
    is_alias: bool,
}

impl Variants {
    /// Finds an enum, or adds it.
    pub(super) fn find(
        &mut self,
        type_name: &'static str,
        owner: &'static str,
        names: &'static [&'static str],
    ) -> usize {
        let known = self
            .0
            .iter()
            .position(|known| known.type_name == type_name && known.names == names);
        known.unwrap_or_else(|| {
            let variants = vec![Variant::default(); names.len()];
            self.0.push(Enum {
                type_name,
                owner,
                names,
                variants,
            });
            self.0.len() - 1
        })
    }

    /// The variant to take next: one never taken; within itself the one that ends soonest; else the
    /// one taken least.
    pub(super) fn preferred(&self, of: usize, is_within_itself: bool) -> usize {
        let rank = |variant: &Variant| match variant.uses {
            0 => 0,
            _ if is_within_itself => variant.cost.unwrap_or(usize::MAX),
            uses => uses,
        };
        let variants = self.0[of].variants.iter().enumerate();
        variants
            .min_by_key(|(_, variant)| rank(variant))
            .map_or(0, |(index, _)| index)
    }

    pub(super) fn begin(&mut self, of: usize, variant: usize) {
        self.0[of].variants[variant].uses += 1;
    }

    pub(super) fn accepted(&mut self, of: usize, variant: usize, steps: usize) {
        let cost = &mut self.0[of].variants[variant].cost;
        *cost = Some(cost.map_or(steps, |least| least.min(steps)));
    }

    pub(super) fn is_alias(&mut self, of: usize, variant: usize) {
        self.0[of].variants[variant].is_alias = true;
    }

    /// Whether every variant met has been taken.
    pub(super) fn all_taken(&self) -> bool {
        self.iter().all(|variant| variant.uses > 0)
    }

    /// Whether every variant met has been accepted.
    pub(super) fn all_accepted(&self) -> bool {
        self.iter()
            .all(|variant| variant.cost.is_some() || variant.is_alias)
    }

    pub(super) fn into_shapes(self) -> Vec<EnumShape> {
        self.0
            .into_iter()
            .map(|known| EnumShape {
                owner: known.owner,
                variants: known.names,
            })
            .collect()
    }

    fn iter(&self) -> impl Iterator<Item = &Variant> {
        self.0.iter().flat_map(|known| &known.variants)
    }
}
