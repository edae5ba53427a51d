import type { ScimResponse } from '../check.ts'
import { errorUrn, isObject } from '../scim.ts'

/** The URL isn't that of a SCIM server that accepts the credentials; the message explains why, and how to fix it. */
export class NothingToGrade extends Error {
  override readonly name = 'NothingToGrade'
}

export type ReceivedResponse = { readonly path: string; readonly response: ScimResponse }

/** Whether the response is that of a SCIM server: JSON, or a SCIM error that isn't about credentials or the URL. */
function isScim({ response: { status, body } }: ReceivedResponse): boolean {
  if (status === 200) return isObject(body) || Array.isArray(body)
  const isAboutTheQuestion = status >= 400 && status < 500 && ![401, 403, 404, 429].includes(status)
  return (
    isAboutTheQuestion && isObject(body) && Array.isArray(body.schemas) && body.schemas.includes(errorUrn)
  )
}

/** Why nothing can be graded, in a sentence; undefined if the server can be graded. */
export function nothingToGradeReason(url: string, heard: readonly ReceivedResponse[]): string | undefined {
  if (heard.some(isScim)) return undefined
  const causes = [
    listForRoot,
    rejectedToken,
    rejectedPermission,
    redirected,
    tooMany,
    fault,
    webPage,
    notFound,
  ]
  return causes.map(cause => cause(url, heard)).find(why => why !== undefined) ?? noScim(url, heard)
}

type Cause = (url: string, heard: readonly ReceivedResponse[]) => string | undefined

/** Applies where a response fits; `says` gets the URL that was requested. */
const because =
  (
    fits: (response: ScimResponse) => boolean,
    says: (asked: string, response: ScimResponse) => string,
  ): Cause =>
  (url, heard) => {
    const one = heard.find(({ response }) => fits(response))
    return one && says(`${url}${one.path}`, one.response)
  }

const endpoint = /\/(Users|Groups|ServiceProviderConfig|ResourceTypes|Schemas|Bulk|Me|\.search)$/i

/** Servers reject the URL of a list in different ways, each of which would be misleading. */
const listForRoot: Cause = (url, heard) => {
  const [, name] = endpoint.exec(url) ?? []
  if (name === undefined || heard.some(({ response }) => response.status === 401)) return undefined
  return `${url} isn’t the root of a SCIM server, since it includes /${name}: use ${url.replace(endpoint, '')}.`
}

/** Also if discovery is public. */
export const rejectedToken = because(
  ({ status }) => status === 401,
  asked =>
    `The token is missing or invalid (${asked} returned 401): set a valid one with --token or SCIM_TOKEN, or other credentials with --header.`,
)

const rejectedPermission = because(
  ({ status }) => status === 403,
  asked =>
    `The token lacks the permission to read (${asked} returned 403): grant it, or use another token; and check that the tenant in the URL is the token’s.`,
)

const redirects = new Set([301, 302, 303, 307, 308])

/** Why a server with an endpoint that redirects can't be graded; undefined if it doesn't. */
export function redirectedEndpoint(url: string, { path, response }: ReceivedResponse): string | undefined {
  const { location } = response.headers
  const [endpoint = ''] = path.split('?')
  const target = URL.parse(location ?? '', `${url}${path}`)
  if (location === undefined || !target || !redirects.has(response.status)) return undefined
  return `${url}${endpoint} redirects to ${target.origin}${target.pathname} (${response.status}): serve ${endpoint} itself, since clients don’t follow redirects of POST, PATCH and DELETE, and send no token elsewhere. Nothing was graded.`
}

const redirected: Cause = (url, heard) => {
  const one = heard.find(
    ({ response: { status, headers } }) => status > 300 && status < 400 && headers.location !== undefined,
  )
  const asked = `${url}${one?.path}`
  const target = one && URL.parse(one.response.headers.location ?? '', asked)
  if (!one || !target) return undefined
  const where = `${target.origin}${target.pathname}`
  const path = one.path.replace(/\?.*/, '')
  return where.endsWith(path)
    ? `${asked} redirects to ${where}: use ${where.slice(0, -path.length)} as the URL.`
    : `${asked} redirects to ${where}, which is not part of a SCIM server: use the URL of the server itself, and check that it accepts the token.`
}

const tooMany = because(
  ({ status }) => status === 429,
  asked =>
    `The server rejects further requests (${asked} returned 429): try again later, or with a lower --rate.`,
)

const fault = because(
  ({ status }) => status >= 500,
  (asked, { status }) =>
    `The server is unavailable (${asked} returned ${status}): check its logs, and try again when this URL works.`,
)

const webPage = because(
  ({ status, text }) => status === 200 && /^\s*<(!doctype|html)/i.test(text),
  asked =>
    `${asked} is a web page, not a response of a SCIM server: use the root of the SCIM server, which often ends in /scim/v2.`,
)

const notFound: Cause = (url, heard) =>
  heard.every(({ response }) => response.status === 404)
    ? `All URLs below ${url} return 404: use the root of the SCIM server, below which /Users exists, and check the tenant in it.`
    : undefined

const noScim: Cause = (url, heard) => {
  const answers = heard.map(
    ({ path, response: { status } }) => `${path} ${status === 0 ? 'no response' : status}`,
  )
  return `No response below ${url} is that of a SCIM server (${answers.join(', ')}): use its root, below which /Users exists.`
}
