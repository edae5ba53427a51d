import type { Identity } from '../../domain/contract/identities.ts'
import { wrongUse } from './cli-error.ts'
import { fetchPage, type Session } from './session.ts'

export type Noun = 'users' | 'groups'

const isWholeId = (text: string): boolean =>
  /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text)

const maxListed = 5

/**
 * The ID of the identity with this ID, userName or display name, or of the only one whose ID begins with the text or whose name
 * contains it. An identity that exists precedes deleted ones of the same name. Throws `CliError`.
 */
export async function findIdentity(
  { api }: Pick<Session, 'api'>,
  noun: Noun,
  tenant: string,
  text: string,
): Promise<string> {
  if (isWholeId(text)) return text
  const query = { text, limit: 200 }
  const page = await fetchPage(api.call, `GET /tenants/:tenant/${noun}`, { params: { tenant }, query }, 200)
  const found = closest(page.items, text)
  const [only, ...others] = found
  // The API reports that there is none.
  if (only === undefined) return text
  if (others.length === 0 && page.next === undefined) return only.id
  if (others.length === 0 && isNamed(only, text)) return only.id
  const names = found.slice(0, maxListed).map(({ id, label, display }) => `${label || display} (${id})`)
  throw wrongUse(
    `"${text}" matches several ${noun}: ${names.join(', ')}${found.length > maxListed || page.next ? ', …' : ''}. Use the ID.`,
  )
}

const isNamed = ({ id, label, display }: Identity, text: string): boolean =>
  [id, label, display].some(name => name?.toLowerCase() === text.toLowerCase())

const exists = ({ status }: Identity): boolean => status === 'active' || status === 'disabled'

function closest(items: readonly Identity[], text: string): readonly Identity[] {
  const named = items.filter(item => isNamed(item, text))
  const candidates = named.length > 0 ? named : items
  const existing = candidates.filter(exists)
  return existing.length > 0 ? existing : candidates
}
