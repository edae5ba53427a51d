import { require } from './trial.ts'

/** Calls the console API; throws `TrialError` unless it succeeds. */
export type ConsoleCall = (
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: object,
  // biome-ignore lint/suspicious/noExplicitAny: the response of the console API
) => Promise<any>

/** Calls the API at this address. */
export const createConsole =
  (address: string): ConsoleCall =>
  async (method, path, body) => {
    const response = await fetch(`${address}${path}`, {
      method,
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    })
    const text = await response.text()
    require(response.ok, `${method} ${path}: ${response.status} ${text}`)
    return text === '' ? undefined : JSON.parse(text)
  }

/** Reads all pages of a list. */
export async function wholeList(console: ConsoleCall, path: string) {
  // biome-ignore lint/suspicious/noExplicitAny: the response of the console API
  const items: any[] = []
  let cursor: string | undefined
  do {
    const from = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const page = await console('GET', `${path}?limit=200${from}`)
    items.push(...page.items)
    cursor = page.next
  } while (cursor !== undefined)
  return items
}
