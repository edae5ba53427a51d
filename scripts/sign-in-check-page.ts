import { identityProviders, type SignInRule, signInRules } from '../src/insight/sign-in-check/rules.ts'
import { table } from './markdown-table.ts'

const rules: readonly SignInRule[] = signInRules

const ruleTable = (checks: SignInRule['checks']) =>
  table(
    ['ID', 'rule', 'severity', 'remedy', 'source'],
    rules
      .filter(rule => rule.checks === checks)
      .map(({ id, description, severity, remedy, basis, source }) => [
        `\`${id}\``,
        description,
        severity,
        remedy,
        `[${basis}](${source})`,
      ]),
  )

const settingsTable = table(
  ['identity provider', 'rules', 'setting'],
  Object.entries(identityProviders).flatMap(([provider, name]) => {
    const settings = rules.flatMap(({ id, settings = {} }) => {
      const setting = settings[provider as keyof typeof identityProviders]
      return setting === undefined ? [] : [{ id, setting }]
    })
    return [...new Set(settings.map(({ setting }) => setting))].map(setting => [
      name,
      settings
        .filter(each => each.setting === setting)
        .map(({ id }) => `\`${id}\``)
        .join(', '),
      setting,
    ])
  }),
)

/** docs/sign-in-check.md, generated from the rules. */
export const signInCheckPage = `# Could this user sign in?

Provisioning can be free of errors while users cannot sign in: AWS IAM Identity Center signs in the user whose \`userName\` equals the
NameID of the SAML response, and creates no users. Scimulator checks both sides. \`npm run docs\` generates this page from
\`src/insight/sign-in-check/rules.ts\`: change the rules, not this page.

The result is a report: no session is created, and nothing is granted.

## Users

**Users**, **Can’t sign in** in the console, \`scimulator sign-in list\` and \`GET /api/v1/tenants/{tenant}/sign-in\` list each user with a
verdict from the directory alone. A user’s page has it on the tab **Sign-in**.

| verdict | meaning |
| --- | --- |
| \`yes\` | AWS would let the user sign in, if the identity provider sends the \`userName\` as NameID |
| \`at-risk\` | the sign-in or the access may fail: a rule of severity \`warning\` is not met |
| \`no\` | AWS would reject the sign-in: a rule of severity \`error\` is not met |

\`\`\`sh
npx scimulator sign-in list --verdict no
npx scimulator sign-in list --text anna --json
\`\`\`

A page of the REST API that is filtered by verdict reads at most 2,500 users. It can have fewer items than \`limit\`, or none, while it
still has a \`next\`: continue with it as the \`cursor\`. The command line and the page do.

[Findings](findings.md) report the same for requests: \`aws/user-name-is-no-address\`, \`client/guest-user-name\`,
\`client/user-name-is-not-email\` and \`client/assignments-lost\`.

${ruleTable('directory')}

## A SAML response

1. Sign in to the AWS access portal with the network tab of the browser’s developer tools open, and *Preserve log* on.
2. Copy the form value \`SAMLResponse\` of the POST to \`…/platform/saml/acs/…\`.
3. Paste it into **Users**, **Can’t sign in**, **Check a SAML response**, or save it in a file:

<!-- not run: needs a response of your identity provider -->
\`\`\`sh
npx scimulator sign-in check response.txt --metadata metadata.xml \\
  --acs https://us-east-1.signin.aws/platform/saml/acs/… --audience https://us-east-1.signin.aws/platform/saml/…
\`\`\`

The result is \`accepted\`, \`rejected\` if a rule of severity \`error\` fails, or \`unknown\` if the signature or the user could not be
checked. The command exits with 1 if a rule fails. In REST: \`POST /api/v1/tenants/{tenant}/sign-in/check\` with \`response\` and, optionally,
\`metadata\`, \`certificate\`, \`acs\` and \`audience\`. Without them, the rules that need them are reported as not checked.

The result has each rule with its evidence, the user that the response would sign in with the user’s groups, the event of CloudTrail,
the page that the user would see where AWS documents it, and the remedies in the settings of the identity provider. The time is
the tenant’s clock.

| input | limit |
| --- | --- |
| encoding | base64 (POST binding), deflated base64 (redirect binding), XML, or a form or URL with the parameter \`SAMLResponse\` |
| size | 256 KiB, also after inflating |
| XML | no document type, 64 levels, 5,000 elements, 64 attributes per element |
| signature | RSA with SHA-1, SHA-256 or SHA-512, or RSA-PSS with SHA-256; with other algorithms, the signature is reported as not checked |
| time | 5 seconds, in a thread of its own |

Only content whose signature is valid is read. Without the certificate of the identity provider, the one in the response verifies
that the content is unchanged, but not who signed it. A browser or an editor that formats the XML breaks the signature: paste the base64
text. The response is stored nowhere, neither in the journal nor in the log; the result contains its SHA-256.

${ruleTable('response')}

## Also worth knowing

${ruleTable('nothing')}

## Settings of identity providers

${settingsTable}
`
