import { GivenUp } from './unreachable.ts'

/** So many in a row are no accident of one check. */
const mostMissed = 10
/** Given up, it is still asked to remove what was made, until it is silent again. */
const lastTries = 3

/**
 * Whether there is still somebody to ask. A check may well ask what a server drops; but after many answers that are
 * missing in a row, `isThere` asks what any server answers, and when that comes to nothing, too, the run is over.
 */
export function createPresence(origin: string, isThere: () => Promise<boolean>) {
  let missed = 0
  let gone: GivenUp | undefined
  let asking: Promise<boolean> | undefined
  const isGone = async () => {
    asking ??= isThere().finally(() => {
      asking = undefined
    })
    return !(await asking)
  }
  return {
    answered: () => {
      missed = 0
    },
    /** Throws `GivenUp` when the server is given up. */
    missing: async (why: string): Promise<void> => {
      missed++
      if (gone) throw gone
      if (missed < mostMissed) return
      if (await isGone())
        gone ??= new GivenUp(
          `${origin} doesn’t answer any more: ${missed} requests in a row came to nothing, the last with ${why}.`,
        )
      else missed = 0
      if (gone) throw gone
    },
    /** Throws without asking anybody when there is no use in it. */
    expectSomebody: (): void => {
      if (gone && missed >= mostMissed + lastTries) throw gone
    },
  }
}
