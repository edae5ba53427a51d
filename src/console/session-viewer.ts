import type { SessionViewer } from './export/session-page.ts'
import { readOrBundle } from './page.ts'

let viewer: Promise<SessionViewer> | undefined

/** A failure is not kept: the next call tries again. */
export function sessionViewer(): Promise<SessionViewer> {
  viewer ??= read().catch(error => {
    viewer = undefined
    throw error
  })
  return viewer
}

async function read(): Promise<SessionViewer> {
  const [script, style] = await readOrBundle('session-viewer')
  return { script: Buffer.from(script).toString(), style: Buffer.from(style).toString() }
}
