/** What is compared, and what led to it. */
interface Place {
  readonly operation: string | undefined;
  readonly from: Set<Place>;
}

/** Finds out which operations a change reaches: a definition is compared once, however many lead to it. */
export interface Reach {
  /** Runs a task on behalf of an operation. */
  inOperation(name: string, task: () => void): void;
  /** Notes that what is compared now leads to something else. */
  leadTo(what: unknown): void;
  /** Whether anything led there. */
  has(what: unknown): boolean;
  /** Runs a task on behalf of what something led to; nothing may have. */
  within(what: unknown, task: () => void): void;
  /** Says which operations lead to what is compared now: all of them, once everything is compared. */
  mark(): () => readonly string[];
}

/** Makes a reach in which nothing leads anywhere yet. */
export function createReach(): Reach {
  const places = new Map<unknown, Place>();
  const found = new Map<Place, readonly string[]>();
  let here: Place | undefined;

  function inside(place: Place | undefined, task: () => void): void {
    const around = here;
    here = place;
    try {
      task();
    } finally {
      here = around;
    }
  }

  /** Goes back from a place through all that led to it; rings are walked once. */
  function operationsOf(place: Place): readonly string[] {
    const known = found.get(place);
    if (known !== undefined) return known;
    const seen = new Set([place]);
    for (const one of seen) for (const next of one.from) seen.add(next); // grows while it is walked
    const names = [...new Set([...seen].flatMap(({ operation }) => operation ?? []))];
    found.set(place, names);
    return names;
  }

  return {
    inOperation: (operation, task) => inside({ operation, from: new Set() }, task),
    leadTo(what) {
      const place = places.get(what) ?? { operation: undefined, from: new Set() };
      places.set(what, place);
      if (here !== undefined) place.from.add(here);
    },
    has: (what) => places.has(what),
    within: (what, task) => inside(places.get(what), task),
    mark() {
      const place = here;
      return () => (place === undefined ? [] : operationsOf(place));
    },
  };
}
