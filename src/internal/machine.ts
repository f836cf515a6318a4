/** A broken assumption inside this package: a bug of ours, never caught. */
export class InvariantError extends Error {
  override readonly name = "InvariantError";
}

/** From each state, the states that may follow. */
export type Transitions<State extends string> = { readonly [From in State]: readonly State[] };

/** One state at a time; a move that the table does not name fails where it is made. */
export interface Machine<State extends string> {
  readonly state: State;
  to(next: State): void;
}

/**
 * @throws {InvariantError} From `to`, when the table has no such edge.
 * @example
 * const state = createMachine("worker 0", "starting", edges);
 * state.to("ready");
 */
export function createMachine<State extends string>(
  name: string,
  initial: State,
  transitions: Transitions<State>,
): Machine<State> {
  let state = initial;
  return {
    get state() {
      return state;
    },
    to(next) {
      if (!transitions[state].includes(next)) {
        throw new InvariantError(`${name} cannot go from ${state} to ${next}`);
      }
      state = next;
    },
  };
}
