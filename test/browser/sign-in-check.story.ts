import { story } from '../support/browser.ts'
import { acs, createSigner, metadataOf, now, responseWith, signAssertion, toBase64 } from '../support/saml.ts'
import { aUser } from '../support/samples.ts'

story(
  'users who cannot sign in are found, and a SAML response is checked',
  async (t, { server, page, provokes }) => {
    provokes(/400 \(Bad Request\)/)
    const create = async (body: object) => {
      const response = await fetch(`${server.url}/Users`, {
        method: 'POST',
        headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/scim+json' },
        body: JSON.stringify(body),
      })
      t.equal(response.status, 201)
    }
    await create(aUser('anna@example.com', { displayName: 'Anna Berg' }))
    await create(aUser('bert'))
    await create(aUser('carl', { active: false }))

    await page.goto('/')
    const openCheck = async () => {
      await page.getByRole('link', { name: 'Users', exact: true }).click()
      await page.getByRole('link', { name: 'Can’t sign in' }).click()
    }
    await openCheck()
    await page.getByText('1 can sign in, 1 can’t.').waitFor()
    const row = (name: string) => page.getByRole('row').filter({ hasText: name })
    t.equal(await row('carl').count(), 0, 'that a disabled user cannot is no news')
    await page.getByRole('combobox', { name: 'Sign-in' }).selectOption('yes')
    await row('anna@example.com').waitFor()
    await page.getByRole('combobox', { name: 'Sign-in' }).selectOption('any')
    await row('anna@example.com').getByText('yes', { exact: true }).waitFor()
    await row('carl').getByText('disabled', { exact: true }).waitFor()
    await page.getByRole('combobox', { name: 'Sign-in' }).selectOption('no')
    await row('anna@example.com').waitFor({ state: 'detached' })
    await row('bert').getByText('The userName is not an email address.').waitFor()
    await row('bert').getByText('Fix SI-030').click()
    await row('bert').getByText('Provision an email address as userName').waitFor()
    await row('bert').getByRole('link', { name: 'bert' }).click()
    await page.getByText('AWS would reject the sign-in of this user.').waitFor()

    const signer = createSigner()
    await openCheck()
    await page.getByRole('link', { name: 'Check a SAML response' }).click()
    await page.getByLabel('SAML response').fill(toBase64(signAssertion(responseWith(), signer)))
    await page.getByText('Identity provider and AWS instance').click()
    await page.getByLabel('Metadata of the identity provider').fill(metadataOf([signer]))
    await page.getByLabel('ACS URL').fill(acs)
    await page.getByRole('button', { name: 'Check response' }).click()
    // The response is of another time.
    await page
      .getByRole('heading', { name: /^AWS would reject this response: [12] rules? fails?\.$/ })
      .waitFor()
    const rule = page.getByRole('row').filter({ hasText: 'The assertion is valid at this time' })
    await rule.getByText(`expired at ${new Date(now + 60 * 60 * 1000).toISOString()}`).waitFor()
    t.match(await page.getByRole('region', { name: 'Result' }).textContent(), /Useranna@example\.com/)
    await page
      .getByRole('row')
      .filter({ hasText: 'Recipient and Destination equal' })
      .getByText('passed')
      .waitFor()

    await page.getByLabel('SAML response').fill('Hello')
    await page.getByRole('button', { name: 'Check response' }).click()
    await page
      .getByRole('alert')
      .getByText(/neither XML nor/)
      .waitFor()
  },
  { profile: 'aws' },
)
