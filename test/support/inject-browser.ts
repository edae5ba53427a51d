import type { FastifyInstance } from 'fastify'
import type { TestResponse } from './scim.ts'

export type InjectBrowser = {
  /** Sends a request as a browser does that follows a link or enters an address. Redirects are not followed. */
  navigate(path: string, headers?: Readonly<Record<string, string>>): Promise<TestResponse>
  /** Sends a request as a script of the page does. */
  fetch(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<TestResponse>
  readonly cookies: Map<string, string>
}

/** A client of the console that keeps cookies, and sends headers as Chromium does. */
export function createInjectBrowser(app: FastifyInstance, origin = 'http://localhost:8081'): InjectBrowser {
  const cookies = new Map<string, string>()
  const { host } = new URL(origin)

  async function send(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    url: string,
    headers: Readonly<Record<string, string>>,
    body?: unknown,
  ): Promise<TestResponse> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await app.inject({
      method,
      url,
      headers: { host, ...(cookie !== '' && { cookie }), ...headers },
      ...(body !== undefined && { payload: JSON.stringify(body) }),
    })
    for (const { name, value, maxAge } of response.cookies) {
      if (maxAge === 0) cookies.delete(name)
      else cookies.set(name, value)
    }
    const isJson = /json/.test(String(response.headers['content-type']))
    return {
      status: response.statusCode,
      headers: response.headers,
      body: isJson ? response.json() : response.body,
    }
  }

  return {
    cookies,
    navigate: (path, headers = {}) =>
      send('GET', path, {
        accept: 'text/html,application/xhtml+xml',
        'sec-fetch-site': 'none',
        'sec-fetch-mode': 'navigate',
        'sec-fetch-dest': 'document',
        ...headers,
      }),
    fetch: (method, path, body, headers = {}) =>
      send(
        method,
        path,
        {
          accept: '*/*',
          'sec-fetch-site': 'same-origin',
          ...(method !== 'GET' && { origin }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        body,
      ),
  }
}
