import type { ServerResponse } from 'node:http'

/** Requests that wait for no reason but that somebody wants to see what their client makes of it. */
export type Pauses = {
  /** Resolves after so many milliseconds, or as soon as nobody waits for the answer any more or all are to end. */
  pause(milliseconds: number, response: ServerResponse): Promise<void>
  /** From now on nobody waits. */
  endAll(): void
  isOver(): boolean
}

export function createPauses(): Pauses {
  const ends = new Set<() => void>()
  let isOver = false
  return {
    pause: (milliseconds, response) =>
      new Promise(resolve => {
        if (isOver || response.destroyed) return resolve()
        const end = () => {
          clearTimeout(timer)
          response.off('close', end)
          ends.delete(end)
          resolve()
        }
        const timer = setTimeout(end, milliseconds)
        response.once('close', end)
        ends.add(end)
      }),
    isOver: () => isOver,
    endAll() {
      isOver = true
      for (const end of [...ends]) end()
    },
  }
}
