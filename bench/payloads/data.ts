/** Values that JSON cannot carry. All are fixed, so that every answer can be compared with what it must be. */
export interface User {
  readonly id: bigint;
  readonly name: string;
  readonly born: Date;
  readonly roles: Set<string>;
  readonly settings: Map<string, string | number>;
  readonly namePattern: RegExp;
}

export interface PublicUser {
  readonly name: string;
  readonly ageYears: number;
  readonly roles: readonly string[];
}

const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2025, 0, 1);

export function createUser(index: number): User {
  return {
    id: 9_007_199_254_740_993n + BigInt(index),
    name: `user ${index}`,
    born: new Date(Date.UTC(1970, 0, 1) + index * 97 * DAY_MS),
    roles: new Set(["reader", index % 2 === 0 ? "editor" : "guest"]),
    settings: new Map<string, string | number>([
      ["theme", index % 3 === 0 ? "dark" : "light"],
      ["pageSize", 10 + (index % 5)],
    ]),
    namePattern: new RegExp(`^user ${index}$`, "iu"),
  };
}

/** What the transforming route makes of a user. */
export function publish({ name, born, roles }: User): PublicUser {
  const ageYears = Math.floor((NOW_MS - born.getTime()) / (365.25 * DAY_MS));
  return { name, ageYears, roles: [...roles].toSorted() };
}

export const complexObject: object = {
  user: createUser(1),
  friends: new Map([2n, 3n, 4n].map((id) => [id, createUser(Number(id))])),
  avatar: Uint8Array.from({ length: 256 }, (_, index) => index),
  nothing: undefined,
  infinity: Infinity,
};

export const small: object = { id: 42n, name: "small", at: new Date(NOW_MS) };

export const medium: readonly User[] = Array.from({ length: 100 }, (_, index) => createUser(index));

export const large: readonly object[] = Array.from({ length: 500 }, (_, index) => {
  const picture = Uint8Array.from({ length: 128 }, (_unused, at) => (index + at) % 256);
  return { ...createUser(index), picture };
});
