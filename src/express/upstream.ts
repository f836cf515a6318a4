import type ultimateExpress from "ultimate-express";

/** What ultimate-express has beyond its types, as far as the repairs need it. */
export type UltimateExpress = typeof ultimateExpress;

export type Settings = NonNullable<Parameters<UltimateExpress>[0]>;

export type Application = ReturnType<UltimateExpress>;
