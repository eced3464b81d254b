/** What can be served. */
export type Functions = Record<string, (...args: any[]) => unknown>;

declare const served: unique symbol;

/** The type of what a worker serves: `typeof api`, of `const api = serve({ … })`. */
export interface Served<F extends Functions> {
  readonly [served]: F;
}

/** The functions of `typeof api`, or of a plain type of functions. Without a type an error about a name shows the one here. */
export type FunctionsOf<A> = A extends Served<infer F>
  ? F
  : A extends object
    ? A
    : { 'no type was given: spawn<typeof api>(…)': () => never };

/** `true` for generators. */
export type IsStream<F> = F extends (...args: any[]) => infer R
  ? [R] extends [never]
    ? false
    : R extends Iterator<any, any, any> | AsyncIterator<any, any, any>
      ? true
      : false
  : false;

/** The names of functions that return one result. */
export type RunName<F> = { [K in keyof F]: IsStream<F[K]> extends true ? never : K }[keyof F] & string;

/** The names of functions that return one result, and need no more than one argument. */
export type MapName<F> = { [K in RunName<F>]: F[K] extends (item: any) => unknown ? K : never }[RunName<F>];

/** The names of generators. */
export type StreamName<F> = { [K in keyof F]: IsStream<F[K]> extends true ? K : never }[keyof F] & string;

/** What a function takes. */
export type Args<F> = F extends (...args: infer A) => unknown ? A : never;

/** What a function comes to. */
export type Result<F> = F extends (...args: any[]) => infer R ? Awaited<R> : never;

/** What a generator yields. */
export type Item<F> = F extends (...args: any[]) => infer R
  ? R extends AsyncIterator<infer T, any, any>
    ? Awaited<T>
    : R extends Iterator<infer T, any, any>
      ? Awaited<T>
      : never
  : never;

/** What a generator returns after its last item. */
export type Returned<F> = F extends (...args: any[]) => Iterator<any, infer R, any> | AsyncIterator<any, infer R, any>
  ? Awaited<R>
  : never;

/** Arguments in a list, which may be left out where the function needs none, and options. */
export type Call<F, O> =
  [] extends Args<F> ? [args?: Readonly<Args<F>>, options?: O] : [args: Readonly<Args<F>>, options?: O];
