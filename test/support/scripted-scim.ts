import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import { isObject, type Json, type JsonObject } from '../../src/scim/json.ts'

type Reply = { readonly status: number; readonly headers?: Record<string, string>; readonly body?: Json }

export type ScriptedServer = {
  readonly port: number
  /** Resources by path: `/Users/user-1`. */
  readonly resources: Map<string, JsonObject>
  /** Responses that requests get instead of the usual ones, in this order. `silence`: none at all. */
  readonly script: (Reply | 'silence')[]
  /** Called before each response. */
  onRequest: () => void
}

const error = (status: number, detail: string): Reply => ({
  status,
  body: { schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], detail, status },
})

/**
 * A server with predictable IDs that responds as the one in Okta's SCIM 2.0 reference: a look-up without a match is a 404, and
 * a resource is returned with the attributes that Okta's examples have.
 */
export async function scriptedScim(t: Pick<Test, 'teardown'>): Promise<ScriptedServer> {
  const resources = new Map<string, JsonObject>()
  const script: (Reply | 'silence')[] = []
  const self = { resources, script, onRequest: () => {} }
  const server = createServer(async (request, response) => {
    const body = await textOf(request)
    self.onRequest()
    const scripted = script.shift()
    if (scripted !== 'silence') send(response, scripted ?? usual(request, body, resources))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  })
  return Object.assign(self, { port: (server.address() as AddressInfo).port })
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const part of request) text += part
  return text
}

function send(response: ServerResponse, { status, headers = {}, body }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/scim+json', ...headers })
  response.end(body === undefined ? undefined : JSON.stringify(body))
}

function usual(
  { method, url = '' }: IncomingMessage,
  text: string,
  resources: Map<string, JsonObject>,
): Reply {
  const { pathname, searchParams } = new URL(url, 'http://scim.example')
  const path = pathname.replace('/scim/v2', '')
  const body: JsonObject = text === '' ? {} : JSON.parse(text)
  const [, endpoint = '', id] = path.split('/')
  if (id === undefined) {
    return method === 'POST' ? create(endpoint, body, resources) : list(endpoint, searchParams, resources)
  }
  const found = resources.get(path)
  if (!found) return error(404, 'There is no such resource.')
  if (method === 'GET') return { status: 200, body: found }
  if (method === 'DELETE') resources.delete(path)
  if (method === 'PUT') resources.set(path, body)
  if (method === 'PATCH') resources.set(path, { ...found, ...activeIn(body) })
  return method === 'PUT' ? { status: 200, body } : { status: 204 }
}

const activeIn = ({ Operations: operations }: JsonObject): JsonObject => {
  const [first] = Array.isArray(operations) ? operations : []
  const value = isObject(first) ? first.value : undefined
  return isObject(value) && typeof value.active === 'boolean' ? { active: value.active } : {}
}

function create(endpoint: string, body: JsonObject, resources: Map<string, JsonObject>): Reply {
  const count = [...resources.keys()].filter(path => path.startsWith(`/${endpoint}/`)).length
  const id = `${endpoint === 'Users' ? 'user' : 'group'}-${count + 1}`
  const { schemas = [], groups: _, password: __, ...rest } = body
  const type = endpoint === 'Users' ? 'User' : 'Group'
  const created = { schemas, id, ...rest, meta: { resourceType: type } }
  resources.set(`/${endpoint}/${id}`, created)
  return { status: 201, body: created }
}

function list(endpoint: string, params: URLSearchParams, resources: Map<string, JsonObject>): Reply {
  const all = [...resources].flatMap(([path, one]) => (path.startsWith(`/${endpoint}/`) ? [one] : []))
  const [, attribute = '', value = ''] = /^(\w+) eq "(.*)"$/.exec(params.get('filter') ?? '') ?? []
  const found = attribute === '' ? all : all.filter(each => each[attribute] === value)
  if (attribute !== '' && found.length === 0) return error(404, 'No match.')
  const startIndex = Number(params.get('startIndex'))
  const page = found.slice(startIndex - 1, startIndex - 1 + Number(params.get('count')))
  return {
    status: 200,
    body: {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
      totalResults: found.length,
      startIndex,
      itemsPerPage: page.length,
      Resources: page,
    },
  }
}
