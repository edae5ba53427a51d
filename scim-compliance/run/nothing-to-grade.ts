import type { ScimResponse } from '../check.ts'
import { isObject } from '../scim.ts'

/** The URL isn't that of a SCIM server that accepts the credentials; the message explains why, and how to fix it. */
export class NothingToGrade extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'NothingToGrade'
  }
}

export type ReceivedResponse = { readonly path: string; readonly response: ScimResponse }

const errorUrn = 'urn:ietf:params:scim:api:messages:2.0:Error'

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

const find = (
  heard: readonly ReceivedResponse[],
  test: (response: ScimResponse) => boolean,
): ReceivedResponse | undefined => heard.find(({ response }) => test(response))

const withStatus = (
  heard: readonly ReceivedResponse[],
  ...statuses: readonly number[]
): ReceivedResponse | undefined => find(heard, ({ status }) => statuses.includes(status))

const endpoint = /\/(Users|Groups|ServiceProviderConfig|ResourceTypes|Schemas|Bulk|Me|\.search)$/i

/** Servers reject the URL of a list in different ways, each of which would be misleading. */
const listForRoot: Cause = (url, heard) => {
  const [, name] = endpoint.exec(url) ?? []
  if (name === undefined || withStatus(heard, 401)) return undefined
  return `${url} isn’t the root of a SCIM server, since it includes /${name}: use ${url.replace(endpoint, '')}.`
}

/** Also if discovery is public. */
export const rejectedToken: Cause = (url, heard) => {
  const one = withStatus(heard, 401)
  return (
    one &&
    `The token is missing or invalid (${url}${one.path} returned 401): set a valid one with --token or SCIM_TOKEN, or other credentials with --header.`
  )
}

const rejectedPermission: Cause = (url, heard) => {
  const one = withStatus(heard, 403)
  return (
    one &&
    `The token lacks the permission to read (${url}${one.path} returned 403): grant it, or use another token; and check that the tenant in the URL is the token’s.`
  )
}

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
  const one = find(
    heard,
    ({ status, headers }) => status > 300 && status < 400 && headers.location !== undefined,
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

const tooMany: Cause = (url, heard) => {
  const one = withStatus(heard, 429)
  return (
    one &&
    `The server rejects further requests (${url}${one.path} returned 429): try again later, or with a lower --rate.`
  )
}

const fault: Cause = (url, heard) => {
  const one = find(heard, ({ status }) => status >= 500)
  return (
    one &&
    `The server is unavailable (${url}${one.path} returned ${one.response.status}): check its logs, and try again when this URL works.`
  )
}

const webPage: Cause = (url, heard) => {
  const one = find(heard, ({ status, text }) => status === 200 && /^\s*<(!doctype|html)/i.test(text))
  return (
    one &&
    `${url}${one.path} is a web page, not a response of a SCIM server: use the root of the SCIM server, which often ends in /scim/v2.`
  )
}

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
