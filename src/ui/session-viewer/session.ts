import type { ExchangeDetail } from '../../domain/contract/exchanges.ts'
import type {
  SessionBlock,
  SessionFacts,
  SessionItems,
  SessionResource,
} from '../../domain/contract/session-file.ts'

/** The content of the file, newest items first. */
export type Session = {
  readonly facts: SessionFacts
  readonly requests: readonly ExchangeDetail[]
  readonly cycles: readonly SessionItems['cycles'][]
  readonly findings: readonly SessionItems['findings'][]
  readonly resources: readonly SessionResource[]
  readonly requestById: ReadonlyMap<string, ExchangeDetail>
  readonly resourceById: ReadonlyMap<string, SessionResource>
}

export async function readSession(onProgress: (part: number) => void): Promise<Session> {
  const items: { readonly [Name in SessionBlock]: SessionItems[Name][] } = {
    session: [],
    requests: [],
    cycles: [],
    findings: [],
    observations: [],
    resources: [],
  }
  const blocks = [...document.querySelectorAll<HTMLScriptElement>('script[data-block]')]
  for (const [at, block] of blocks.entries()) {
    const known: unknown[] = items[block.dataset.block as SessionBlock]
    const text = block.type === gzipType ? await decompress(block.text) : block.text
    for (const item of JSON.parse(text)) known.push(item)
    block.remove()
    onProgress((at + 1) / blocks.length)
    await nextTask()
  }
  const { session, observations: _forServers, ...lists } = items
  const [facts] = session
  if (!facts) throw new Error('The file has no session.')
  return {
    facts,
    ...lists,
    requestById: new Map(lists.requests.map(request => [request.id, request])),
    resourceById: new Map(lists.resources.map(item => [item.resource.id, item])),
  }
}

const gzipType = 'application/gzip'

async function decompress(base64: string): Promise<string> {
  if (!('DecompressionStream' in globalThis)) {
    throw new Error('this browser cannot decompress its data. Open it in a current browser.')
  }
  const bytes = Uint8Array.from(atob(base64), character => character.charCodeAt(0))
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).text()
}

const nextTask = () => new Promise<void>(resolve => setTimeout(resolve))
