const dayMs = 24 * 60 * 60_000;

/** What a number of days may be at most: about a hundred years, so that the time now and a few such spans are still a date. */
export const mostDays = 36_500;

/** The same in milliseconds. */
export const mostMs = mostDays * dayMs;

/** What a timer can wait for, in milliseconds; Node takes a longer time for none at all. */
export const mostTimerMs = 2 ** 31 - 1;

/** How many accounts a tenant can have. */
export const mostAccounts = 1_000_000;
