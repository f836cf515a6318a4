/** Node's timers overflow above this and would fire at once. */
export const MAX_TIMER_MS = 2_147_483_647;
