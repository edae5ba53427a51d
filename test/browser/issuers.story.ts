import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { Test } from 'tap'
import { story } from '../support/browser.ts'

const audience = 'https://scim.example.com/acme/scim/v2'

/** An authorization server on this machine: its metadata, its keys, and its access tokens. */
async function startIssuer(t: Test) {
  const { publicKey, privateKey } = await generateKeyPair('RS256')
  const key = { ...(await exportJWK(publicKey)), kid: 'first', alg: 'RS256', use: 'sig' }
  const server: Server = createServer(({ url }, response) => {
    const body = url === '/keys' ? { keys: [key] } : { issuer, jwks_uri: `${issuer}/keys` }
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const sign = (claims: Readonly<Record<string, unknown>> = {}) =>
    new SignJWT({ client_id: 'entra-scim', ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: 'first', typ: 'at+jwt' })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject('provisioning')
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(privateKey)
  return { issuer, sign }
}

story(
  'an issuer is trusted and checked; the page of a request shows its JWT without the signature',
  async (t, { server, page }) => {
    const { issuer, sign } = await startIssuer(t)
    await page.goto('/tenants/acme/connect?view=credentials')
    await page.getByRole('button', { name: 'Trust an issuer…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Issuer', { exact: true }).fill(issuer)
    await dialog.getByLabel('Audiences').fill(audience)
    await dialog.getByLabel('Name').fill('Keycloak')
    await dialog.getByText('More settings').click()
    await dialog.getByLabel('Clients').fill('entra-scim\nreader')
    await dialog.getByRole('button', { name: 'Trust issuer' }).click()
    const row = page
      .getByRole('table', { name: 'trusted issuers' })
      .getByRole('row')
      .filter({ hasText: 'Keycloak' })
    await row.getByText('not fetched yet').waitFor()

    await row.getByRole('button', { name: 'Check…' }).click()
    await dialog.getByLabel('Token (optional)').fill(await sign({ client_id: 'somebody-else' }))
    await dialog.getByRole('button', { name: 'Check', exact: true }).click()
    await dialog.getByText('token rejected').waitFor()
    await dialog.getByRole('list', { name: 'Keys' }).getByText('Key first, RS256').waitFor()
    const token = await sign()
    await dialog.getByLabel('Token (optional)').fill(token)
    await dialog.getByRole('button', { name: 'Check', exact: true }).click()
    await dialog.getByText('token accepted').waitFor()
    await dialog.getByRole('button', { name: 'Close', exact: true }).last().click()
    await row.getByText('1 key, fetched').waitFor()

    const response = await fetch(`${server.url}/Users`, { headers: { authorization: `Bearer ${token}` } })
    t.equal(response.status, 200)
    await page.goto('/activity')
    await page
      .getByRole('link', { name: /list users/i })
      .first()
      .click()
    await page.getByRole('link', { name: 'Keycloak' }).waitFor()
    await page.getByText('JSON Web Token').click()
    await page.getByRole('region', { name: 'Claims of the JWT' }).getByText('"sub": "provisioning"').waitFor()
    await page.getByRole('region', { name: 'Header of the JWT' }).getByText('"kid": "first"').waitFor()
    const signature = token.split('.')[2] ?? 'none'
    t.notMatch(await page.content(), signature, 'the signature is shown nowhere')

    await page.goto('/tenants/acme/connect?view=credentials')
    await row.getByRole('button', { name: 'Edit…' }).click()
    await dialog.getByText('More settings').click()
    t.equal(await dialog.getByLabel('Clients').inputValue(), 'entra-scim\nreader')
    await dialog.getByLabel('Clients').fill('')
    await dialog.getByLabel('Read-only').check()
    await dialog.getByRole('button', { name: 'Save' }).click()
    await row.getByText('read-only').waitFor()
    await row.getByText('entra-scim').waitFor({ state: 'detached' })

    await row.getByRole('button', { name: 'Remove…' }).click()
    await dialog.getByRole('button', { name: 'Remove', exact: true }).click()
    await row.waitFor({ state: 'detached' })
  },
  { profile: 'rfc' },
)

story(
  'trusting a directory of Entra warns that its tokens are not bound to the endpoint',
  async (t, { server, page, provokes }) => {
    provokes(/400 \(Bad Request\)/)
    await page.goto('/tenants/acme/connect?auth=entra')
    await page.getByRole('button', { name: 'Trust a directory…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('not bound to this endpoint').waitFor()
    await dialog.getByLabel('Directory (tenant) ID').fill('common')
    await dialog.getByRole('button', { name: 'Trust issuer' }).click()
    await dialog.getByRole('alert').waitFor()
    await dialog.getByLabel('Directory (tenant) ID').fill('72f988bf-86f1-41af-91ab-2d7cd011db47')
    await dialog.getByRole('button', { name: 'Trust issuer' }).click()
    await page.getByText('The tenant trusts the directory').waitFor()
    const issuers = await fetch(`${server.console}/api/v1/tenants/acme/issuers`)
    t.match(await issuers.json(), {
      items: [{ kind: 'entra', directory: '72f988bf-86f1-41af-91ab-2d7cd011db47', access: 'full' }],
    })
  },
  { profile: 'entra' },
)
