import type { Exchange } from '../../domain/journal/exchange.ts'
import { isObject, type Json, type JsonObject } from '../../scim/json.ts'
import { readAddress } from '../../scim-api/http/route.ts'
import type { LoggedCall } from './call.ts'
import { hidden, parseBody, type Reveal, revealMembers } from './hidden.ts'

// Names, members and hidden values as in AWS's examples:
// https://docs.aws.amazon.com/singlesignon/latest/userguide/scim-logging-using-cloudtrail.html

type Names = Readonly<Record<string, string>>

const collectionNames: Readonly<Record<string, Names>> = {
  Users: { GET: 'ListUsers', POST: 'CreateUser' },
  Groups: { GET: 'ListGroups', POST: 'CreateGroup' },
  Schemas: { GET: 'ListSchemas' },
  ResourceTypes: { GET: 'ListResourceTypes' },
  ServiceProviderConfig: { GET: 'ServiceProviderConfig' },
}

const resourceNames: Readonly<Record<string, Names>> = {
  Users: { GET: 'GetUser', PUT: 'PutUser', PATCH: 'PatchUser', DELETE: 'DeleteUser' },
  Groups: { GET: 'GetGroup', PATCH: 'PatchGroup', DELETE: 'DeleteGroup' },
  Schemas: { GET: 'GetSchema' },
}

/** The error of each status (AWS: SCIM implementation developer guide, error responses). */
const errorCodes: Readonly<Record<number, string>> = {
  400: 'ValidationException',
  401: 'UnauthorizedException',
  403: 'AccessDeniedException',
  404: 'ResourceNotFoundException',
  409: 'ConflictException',
  429: 'ThrottlingException',
}

export function scimCall(exchange: Exchange, account: string): LoggedCall | undefined {
  const { status, method } = exchange
  const found = findOperation(exchange)
  if (!found) return undefined
  const error = status < 400 ? undefined : readError(exchange)
  const isThrottled = error?.code === 'ThrottlingException'
  return {
    userIdentity: {
      type: error ? 'Unknown' : 'WebIdentityUser',
      accountId: account,
      ...(exchange.token && { accessKeyId: exchange.token.id }),
    },
    eventSource: 'identitystore-scim.amazonaws.com',
    eventName: found.name,
    ...(error && { error }),
    requestParameters: isThrottled ? null : requestParameters(exchange, found.id),
    responseElements: error ? null : responseElements(exchange),
    readOnly: method === 'GET',
  }
}

function findOperation({ url, method }: Exchange) {
  const [endpoint = '', id, ...more] = segmentsOf(url)
  if (more.length > 0) return undefined
  const names = (id === undefined ? collectionNames : resourceNames)[endpoint] ?? {}
  const name = Object.hasOwn(names, method) ? names[method] : undefined
  return name === undefined ? undefined : { name, id }
}

function segmentsOf(url: string): readonly string[] {
  try {
    return readAddress(url)?.segments ?? []
  } catch {
    return []
  }
}

function readError({ status, response }: Exchange): NonNullable<LoggedCall['error']> {
  const body = parseBody(response)
  const detail = isObject(body) ? body.detail : undefined
  return {
    code: errorCodes[status] ?? (status < 500 ? 'ValidationException' : 'InternalServerException'),
    ...(typeof detail === 'string' && { message: status === 429 ? 'Rate exceeded' : detail }),
  }
}

function requestParameters({ method, request, tenant = '' }: Exchange, id: string | undefined): JsonObject {
  const httpBody = request.body === undefined ? undefined : bodyOf(method, parseBody(request))
  return {
    ...(httpBody !== undefined && { httpBody }),
    tenantId: tenant,
    ...(id !== undefined && { id }),
  }
}

/** A body that is cut or malformed is hidden as a whole. */
const bodyOf = (method: string, body: Json | undefined): Json => {
  if (body === undefined) return hidden
  return method === 'PATCH' ? revealPatch(body) : revealMembers(body, revealResource)
}

function responseElements({ response }: Exchange): Json {
  const body = parseBody(response)
  if (!isObject(body)) return null
  const { Resources: _resources, ...rest } = body
  return revealMembers(rest, revealResource)
}

const revealResource: Reveal = (name, value) => {
  switch (name.toLowerCase()) {
    case 'externalid':
      return undefined
    case 'id':
    case 'schemas':
      return value
    case 'meta':
      return revealMembers(value, (_, fact) => (typeof fact === 'string' ? writtenTime(fact) : fact))
    default:
      return revealMembers(value, revealResource)
  }
}

function writtenTime(text: string): string {
  const time = /^\d{4}-\d\d-\d\dT/.test(text) ? new Date(text) : undefined
  return time === undefined || Number.isNaN(time.getTime())
    ? text
    : javaTime.format(time).replace('\u202f', ' ')
}

/** "Oct 10, 2024, 1:23:45 PM" */
const javaTime = new Intl.DateTimeFormat('en-US', {
  dateStyle: 'medium',
  timeStyle: 'medium',
  timeZone: 'UTC',
})

/** `{"operations":[{"op":"REPLACE","path":"emails","value":"HIDDEN…"}],"schemas":["HIDDEN…"]}` */
const revealPatch = (body: Json): Json => {
  if (!isObject(body)) return hidden
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) =>
      name.toLowerCase() === 'operations' && Array.isArray(value)
        ? ['operations', (value as readonly Json[]).map(revealOperation)]
        : [name, revealMembers(value, revealResource)],
    ),
  )
}

/** A path may contain a value: `members[value eq "…"]`. */
const revealOperation = (operation: Json): Json =>
  revealMembers(operation, (name, value) => {
    switch (name.toLowerCase()) {
      case 'op':
        return typeof value === 'string' ? value.toUpperCase() : hidden
      case 'path':
        return typeof value === 'string' && !/["']/.test(value) ? value : hidden
      default:
        return hidden
    }
  })
