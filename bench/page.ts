import type { CDPSession, Page } from 'playwright-core'

// The parts of the DOM that the evaluated functions use.
declare const document: { querySelector(selectors: string): { readonly textContent: string | null } | null }
declare function requestAnimationFrame(draw: (now: number) => void): void

/** The duration of each frame while scrolling, in milliseconds. */
export const scrollThrough = (page: Page, screens: number): Promise<readonly number[]> =>
  page.locator('.virtual-list').evaluate(
    (list, screens) =>
      new Promise<number[]>(resolve => {
        const frames: number[] = []
        let before = performance.now()
        const step = (now: number) => {
          frames.push(now - before)
          before = now
          list.scrollTop += list.clientHeight / 4
          if (frames.length < screens * 4) requestAnimationFrame(step)
          else resolve(frames.slice(1))
        }
        requestAnimationFrame(step)
      }),
    screens,
  )

/** Scrolls to the end until the given number of lines is loaded. */
export const loadLines = (page: Page, lines: number): Promise<void> =>
  page.locator('.virtual-list').evaluate(
    (list, lines) =>
      new Promise<void>(resolve => {
        const look = () => {
          const there = Number(list.querySelector('li')?.getAttribute('aria-setsize') ?? 0)
          if (there >= lines) return resolve()
          list.scrollTop = list.scrollHeight
          setTimeout(look, 20)
        }
        look()
      }),
    lines,
  )

/** The JavaScript heap of the page in bytes, after garbage collection. */
export async function heapOf(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  return usedSize
}

/** The time from sending a request until its line is visible, in milliseconds. */
export async function timeToLine(page: Page, send: (mark: string) => Promise<unknown>, mark: string) {
  const seen = page.evaluate(
    mark =>
      new Promise<number>(resolve => {
        const look = () => {
          if (document.querySelector('.virtual-list')?.textContent?.includes(mark)) {
            requestAnimationFrame(() => resolve(Date.now()))
          } else requestAnimationFrame(look)
        }
        look()
      }),
    mark,
  )
  const sent = Date.now()
  await send(mark)
  return (await seen) - sent
}
