import type { ScimResponse } from '../check.ts'
import { isObject } from '../scim.ts'

/** Whatever is at the address, it doesn't speak SCIM with whoever asks; the message says why, and how to mend it. */
export class NothingToGrade extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'NothingToGrade'
  }
}

/** An answer of discovery, and the path that was asked for. */
export type ReceivedResponse = { readonly path: string; readonly response: ScimResponse }

const errorUrn = 'urn:ietf:params:scim:api:messages:2.0:Error'

/** Whether a SCIM server speaks: by JSON, or by a SCIM error that isn't about who asks or where. */
function isScim({ response: { status, body } }: ReceivedResponse): boolean {
  if (status === 200) return isObject(body) || Array.isArray(body)
  const isAboutTheQuestion = status >= 400 && status < 500 && ![401, 403, 404, 429].includes(status)
  return (
    isAboutTheQuestion && isObject(body) && Array.isArray(body.schemas) && body.schemas.includes(errorUrn)
  )
}

/** Why nothing can be graded, in a sentence; undefined where something can. */
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

/** Who gives the address of a list is refused in many ways, and each would lead astray. */
const listForRoot: Cause = (url, heard) => {
  const [, name] = endpoint.exec(url) ?? []
  if (name === undefined || withStatus(heard, 401)) return undefined
  return `${url} isn’t the root of a SCIM server, for /${name} is a part of it: give ${url.replace(endpoint, '')}.`
}

/** Also where discovery is open to everybody. */
export const rejectedToken: Cause = (url, heard) => {
  const one = withStatus(heard, 401)
  return (
    one &&
    `The token is refused, or none was given (401 for ${url}${one.path}): give a valid one by --token or SCIM_TOKEN, or other credentials by --header.`
  )
}

const rejectedPermission: Cause = (url, heard) => {
  const one = withStatus(heard, 403)
  return (
    one &&
    `The token may not read (403 for ${url}${one.path}): give it the right to, or another one; and see that the tenant in the address is its own.`
  )
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
    ? `${asked} redirects to ${where}: give ${where.slice(0, -path.length)} as the URL.`
    : `${asked} redirects to ${where}, which is no part of a SCIM server: give the URL of the server itself, and see that it takes the token.`
}

const tooMany: Cause = (url, heard) => {
  const one = withStatus(heard, 429)
  return (
    one &&
    `The server takes no more requests (429 for ${url}${one.path}): try again later, or with a lower --rate.`
  )
}

const fault: Cause = (url, heard) => {
  const one = find(heard, ({ status }) => status >= 500)
  return (
    one &&
    `The server is out of order (${one.response.status} for ${url}${one.path}): see its logs, and try again when it serves that.`
  )
}

const webPage: Cause = (url, heard) => {
  const one = find(heard, ({ status, text }) => status === 200 && /^\s*<(!doctype|html)/i.test(text))
  return (
    one &&
    `${url}${one.path} is a web page, and no answer of a SCIM server: give the root of the SCIM server, which often ends in /scim/v2.`
  )
}

const notFound: Cause = (url, heard) =>
  heard.every(({ response }) => response.status === 404)
    ? `Everything below ${url} is answered with 404: give the root of the SCIM server, below which /Users is, and see that the tenant in it is right.`
    : undefined

const noScim: Cause = (url, heard) => {
  const answers = heard.map(
    ({ path, response: { status } }) => `${path} ${status === 0 ? 'not at all' : status}`,
  )
  return `Nothing below ${url} is answered as by a SCIM server (${answers.join(', ')}): give its root, below which /Users is.`
}
