import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { type OpenIdProvider, startOpenIdProvider } from './openid-provider.ts'
import { startWith } from './started-server.ts'

type SignInStage = {
  readonly provider: OpenIdProvider
  /** The URL of the console for browsers. */
  readonly console: string
}

/** A console with sign-in, and its provider: Anna may write, Bert may read. */
export async function startSignIn(t: Test): Promise<SignInStage> {
  const provider = await startOpenIdProvider(t)
  provider.users.set('anna', { name: 'Anna Berg', roles: ['Scimulator.Write'] })
  provider.users.set('bert', { name: 'Bert Tal', roles: ['Scimulator.Read'] })
  const { console } = await startWith(t, [
    '--memory',
    '--tenant=acme',
    '--profile=entra',
    `--console-issuer=${provider.issuer}`,
    `--console-client-id=${provider.clientId}`,
    `--console-client-secret=${provider.clientSecret}`,
  ])
  return { provider, console: `http://localhost:${new URL(console).port}` }
}

/** Opens a page of the console and signs in. */
export async function signIn(page: Page, address: string): Promise<void> {
  await page.goto(address)
  await page.getByRole('link', { name: 'Sign in' }).click()
  await page.getByText('Sign out', { exact: true }).waitFor({ state: 'attached' })
}
