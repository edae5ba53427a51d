import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { type IdentityProvider, startIdentityProvider } from './identity-provider.ts'
import { startWith } from './started-server.ts'

type Claims = Readonly<Record<string, unknown>>

/** A person who may write, and whose last authentication is this many seconds ago. */
export const writer = (age = 0): Claims => ({
  roles: ['Scimulator.Write'],
  auth_time: Math.floor(Date.now() / 1000) - age,
})

export const reader: Claims = { roles: ['Scimulator.Read'] }

type SignInStage = {
  readonly provider: IdentityProvider
  /** The URL of the console. */
  readonly console: string
  /** The provider signs everyone in with these claims from now on, without a prompt. */
  signsInWith(claims: Claims): void
}

/** A console with sign-in, and a provider whose pages the browser passes without stopping. */
export async function startSignIn(t: Test, page: Page): Promise<SignInStage> {
  const provider = await startIdentityProvider(t)
  const { console } = await startWith(t, [
    '--memory',
    '--tenant=acme',
    '--profile=entra',
    `--console-issuer=${provider.issuer}`,
    `--console-client-id=${provider.clientId}`,
    `--console-client-secret=${provider.clientSecret}`,
  ])
  let claims: Claims = writer()
  const sendTo = (location: string) => ({ status: 302, headers: { location } })
  await page.route(`${provider.issuer}/authorize?*`, route =>
    route.fulfill(sendTo(provider.authorize(route.request().url(), { claims }).href)),
  )
  await page.route(`${provider.issuer}/end?*`, route => {
    const next = new URL(route.request().url()).searchParams.get('post_logout_redirect_uri')
    return route.fulfill(sendTo(next ?? console))
  })
  return {
    provider,
    console,
    signsInWith: next => {
      claims = next
    },
  }
}

/** Opens a page of the console and signs in. */
export async function signIn(page: Page, address: string): Promise<void> {
  await page.goto(address)
  await page.getByRole('link', { name: 'Sign in' }).click()
  await page.getByText('Account:').waitFor({ state: 'attached' })
}
