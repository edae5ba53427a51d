import { randomBytes } from 'node:crypto'
import type { Test } from 'tap'
import { createKeySets } from '../../../src/auth/issuers/key-sets.ts'
import { createSafeFetch } from '../../../src/auth/issuers/safe-fetch.ts'
import { createJwtVerifier } from '../../../src/auth/issuers/verify.ts'
import type { ConsoleDeps } from '../../../src/console/deps.ts'
import type { SignInSettings } from '../../../src/console/sign-in/settings.ts'
import { createSignIn } from '../../../src/console/sign-in/sign-in.ts'
import { createSessionsInMemory } from '../../../src/storage/common/in-memory.ts'
import { type IdentityProvider, startIdentityProvider } from '../../support/identity-provider.ts'
import { createInjectBrowser, type InjectBrowser } from '../../support/inject-browser.ts'
import type { TestResponse } from '../../support/scim.ts'
import { buildTestConsole, type TestConsole } from './console-app.ts'

const minute = 60_000

export type SignInConsole = TestConsole & {
  readonly provider: IdentityProvider
  /** Opens a browser without cookies. */
  readonly openBrowser: () => InjectBrowser
  /** Lets time pass for the console; the provider does not notice. */
  readonly wait: (milliseconds: number) => void
  /** Another console over the same sessions and key, as another instance has it; or after a restart, over new ones. */
  readonly openAnother: (t: Test, restart?: 'restart') => Promise<TestConsole>
  /** Signs a person in with these claims. Returns the last response. */
  readonly signIn: (
    browser: InjectBrowser,
    claims?: Readonly<Record<string, unknown>>,
    address?: string,
  ) => Promise<TestResponse>
}

export const consoleUrl = 'http://localhost:8081'

/** A console with sign-in, and its identity provider. */
export async function buildSignInConsole(
  t: Test,
  settings: Partial<SignInSettings> = {},
  more: Partial<ConsoleDeps> & { readonly url?: string } = {},
): Promise<SignInConsole> {
  const provider = await startIdentityProvider(t)
  const safeFetch = createSafeFetch({ userAgent: 'Scimulator/1.2.3' })
  t.teardown(safeFetch.close)
  const { url = consoleUrl, ...deps } = more
  let passed = 0
  const clock = () => Date.now() + passed
  const shared = { store: createSessionsInMemory(), key: randomBytes(32) }
  const open = async (t: Test, { store, key }: typeof shared) =>
    buildTestConsole(t, 'rfc', {
      clock,
      signIn: createSignIn({
        settings: {
          issuer: provider.issuer,
          clientId: provider.clientId,
          clientSecret: provider.clientSecret,
          readers: [{ claim: 'roles', value: 'Scimulator.Read' }],
          writers: [{ claim: 'roles', value: 'Scimulator.Write' }],
          recent: 5 * minute,
          session: 8 * 60 * minute,
          ...settings,
        },
        url: () => url,
        store,
        key: () => key,
        safeFetch,
        verifier: createJwtVerifier(createKeySets({ safeFetch })),
        clock,
      }),
      ...deps,
    })
  const opened = await open(t, shared)
  return {
    ...opened,
    provider,
    openBrowser: () => createInjectBrowser(opened.console, url),
    wait(milliseconds) {
      passed += milliseconds
    },
    openAnother: (t, restart) =>
      open(t, restart ? { store: createSessionsInMemory(), key: randomBytes(32) } : shared),
    async signIn(browser, claims = {}, address = '/auth/sign-in') {
      const started = await browser.navigate(address)
      const back = provider.authorize(String(started.headers.location), {
        claims: { roles: ['Scimulator.Write'], ...claims },
      })
      return comeBack(browser, back)
    },
  }
}

/** Follows the redirect of the provider to the console, as a browser does that comes from another site. */
export const comeBack = (browser: InjectBrowser, { pathname, search }: URL): Promise<TestResponse> =>
  browser.navigate(pathname + search, { 'sec-fetch-site': 'cross-site' })
