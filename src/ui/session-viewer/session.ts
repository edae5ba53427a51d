import type { ExchangeDetail } from '../../contract/exchanges.ts'
import type {
  SessionBlock,
  SessionFacts,
  SessionItems,
  SessionResource,
} from '../../contract/session-items.ts'

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

/** Reads the data blocks of the document one after the other, and shows the progress in between. */
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
    for (const item of JSON.parse(block.text)) known.push(item)
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

const nextTask = () => new Promise<void>(resolve => setTimeout(resolve))
