/** Milliseconds. How much the database's clock may be ahead at most, and at least, by a reading at `taken` of the own clock. */
type Sample = { readonly least: number; readonly most: number; readonly taken: number }

/** With a reading every 250 to 500 ms: those of 16 to 32 seconds. */
const maxSamples = 64
/** Clocks that are adjusted slowly run apart by at most this share of the time; NTP allows 500 ppm and rarely uses 100. */
const maxDrift = 0.0001

type SharedClock = {
  add(time: number, began: number): void
  /** Milliseconds since 1970. Never goes back. */
  now(): number
  /** Milliseconds. */
  error(): number
}

/**
 * The database's clock, carried on by the own one. A reading takes a round trip, and only bounds the difference of the clocks. The
 * bounds of recent readings hold together: a fast request and a fast response need not be of the same reading, and one slow reading
 * on a busy machine has no effect.
 */
export function createSharedClock(monotonic: () => number): SharedClock {
  let samples: readonly Sample[] = []
  let bounds: Omit<Sample, 'taken'> | undefined
  let last = 0

  /** Older readings that contradict newer ones are dropped: the database's clock was set, or another server took over. */
  const intersect = (now: number) => {
    let least = Number.NEGATIVE_INFINITY
    let most = Number.POSITIVE_INFINITY
    let agreeing = 0
    for (const sample of samples.toReversed()) {
      const drift = (now - sample.taken) * maxDrift
      const lower = Math.max(least, sample.least - drift)
      const upper = Math.min(most, sample.most + drift)
      if (lower > upper) break
      least = lower
      most = upper
      agreeing++
    }
    samples = samples.slice(-agreeing)
    return { least, most }
  }

  return {
    add(time, began) {
      const now = monotonic()
      samples = [...samples, { least: time - now, most: time - began, taken: now }].slice(-maxSamples)
      bounds = intersect(now)
    },
    now() {
      const time = bounds ? Math.floor((bounds.least + bounds.most) / 2 + monotonic()) : Date.now()
      last = Math.max(last, time)
      return last
    },
    error: () => (bounds ? (bounds.most - bounds.least) / 2 : 0),
  }
}
