import { identityStoreRules } from '../src/aws-api/identity-store/rules.ts'
import { type ApiRule, apiRules } from '../src/aws-api/rules.ts'
import { ssoAdminRules } from '../src/aws-api/sso-admin/rules.ts'
import { identityStoreOperations, ssoAdminOperations } from '../src/domain/journal/aws-operations.ts'
import { table } from './markdown-table.ts'

const ruleTable = (rules: readonly ApiRule[]) =>
  table(
    ['ID', 'rule', 'remedy', 'source'],
    rules.map(({ id, description, remedy = '', basis, source }) => [
      `\`${id}\``,
      description,
      remedy,
      `[${basis}](${source})`,
    ]),
  )

const listOf = (names: readonly string[]) => names.map(name => `\`${name}\``).join(', ')

/** docs/identity-store.md, generated from the rules. */
export const identityStorePage = `# AWS APIs: Identity Store, SSO Admin, STS

AWS administrators inspect and change the directory of IAM Identity Center with the AWS CLI, SDKs and Terraform. Scimulator answers
these tools from the same directory that SCIM provisions: what one API writes, the other returns at once. \`npm run docs\` generates
this page from the rules in \`src/aws-api\`, \`src/aws-api/identity-store\` and \`src/aws-api/sso-admin\`: change them, not this page.

The AWS APIs are available for tenants with the profile \`aws\`.

## Connect

The AWS listener is separate from the SCIM listener, because only the SCIM listener must be reachable from the internet. It listens on
\`http://127.0.0.1:8082\`; [\`--aws-host\` and \`--aws-port\`](configuration.md) change that, and \`--no-aws\` turns it off.

1. Get an access key. With \`--aws\` on a terminal, or with \`--json\`, the first start creates one for the first tenant and shows its
   secret; otherwise it creates none.
   \`npx scimulator keys create\`, **Connect**, **Credentials** in the console, and
   \`POST /api/v1/tenants/{tenant}/access-keys\` create others. A tenant has at most two. For CI, set
   \`--aws-access-key id:secret\` at the first start.
2. Set the environment variables that every AWS tool reads. \`keys create\` prints these lines, ready to be pasted, and
   \`npx scimulator keys\` prints them again without the secret:

   \`\`\`sh
   export AWS_ENDPOINT_URL=http://127.0.0.1:8082
   export AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1
   export AWS_ACCESS_KEY_ID=SCIM… AWS_SECRET_ACCESS_KEY=…
   \`\`\`

3. Find the identity store, and read it. \`npx scimulator sample\` fills an empty directory:

   <!-- not run: needs the AWS CLI -->
   \`\`\`sh
   store=$(aws sso-admin list-instances --query 'Instances[0].IdentityStoreId' --output text)
   aws identitystore list-users --identity-store-id $store
   aws identitystore get-user-id --identity-store-id $store --alternate-identifier \\
     '{"UniqueAttribute": {"AttributePath": "userName", "AttributeValue": "marge.simpson@springfield.example"}}'
   \`\`\`

The access key selects the tenant. The tenant’s ID can also be in the URL, as in \`http://127.0.0.1:8082/acme\`; a key of another
tenant is then denied. IDs of the identity store, the instance and the AWS account follow from the ID of the tenant, so they are
known before the server starts and never change.

Terraform’s AWS provider:

\`\`\`hcl
provider "aws" {
  region = "us-east-1"
  endpoints {
    identitystore = "http://127.0.0.1:8082"
    ssoadmin      = "http://127.0.0.1:8082"
    sts           = "http://127.0.0.1:8082"
  }
}
\`\`\`

In an SDK, set the option \`endpoint\` (JavaScript) or \`endpoint_url\` (boto3) to this URL.

## Access keys

AWS tools sign each request with Signature Version 4. The server needs the secret of the access key to verify a signature, so the
secret is stored encrypted; of a SCIM token, only a hash is stored. **Anyone who can read both the database and the encryption key can
read the secrets.** The encryption key is in the file \`<data>.seal-key\` with mode 0600, or in
\`SCIMULATOR_SEAL_KEY\`. Secrets are in no log, journal, snapshot or export.

- A \`read\` key gets \`AccessDeniedException\` for each write. This is the effect of the policy that AWS recommends while SCIM
  provisions the directory: deny \`identitystore:Create*\`, \`identitystore:Update*\` and \`identitystore:Delete*\`.
- A signature is valid for 5 minutes by the machine’s clock. The virtual clock of a tenant has no effect on it. SDKs correct their
  clock by the header \`Date\` of the response, and retry.
- A copied request is accepted again within these 5 minutes: as with AWS, the time is all that limits the use of a signature. Use TLS
  between client and listener, or loopback.
- \`--aws-auth any\` accepts every signature, on loopback only. The credentials \`test\` and \`test\` of other emulators work, too.

## One directory

| SCIM | Identity Store API |
| --- | --- |
| \`id\` | \`UserId\`, \`GroupId\` |
| \`externalId\` | \`ExternalIds: [{Issuer, Id}]\`; the issuer is \`https://scim.aws.com/\` and the ID of the tenant |
| \`userName\`, \`name\`, \`displayName\`, \`nickName\`, \`profileUrl\`, \`title\`, \`userType\`, \`preferredLanguage\`, \`locale\`, \`timezone\` | the same names in Pascal case |
| \`emails\`, \`addresses\`, \`phoneNumbers\`, \`roles\` | the same, with at most one value |
| \`active\` | \`UserStatus\`: \`ENABLED\` or \`DISABLED\`; read-only |
| enterprise extension | \`Extensions: {"aws:identitystore:enterprise": …}\`, if the request names it |
| none | \`Photos\`, \`Website\`, \`Birthdate\`, and \`Description\` of a group: part of the history; SCIM neither returns nor changes them |
| \`meta.created\`, \`meta.lastModified\` | \`CreatedAt\`, \`UpdatedAt\`; \`CreatedBy\` and \`UpdatedBy\` are \`SCIM\` or the AWS account |
| a member of a group | a membership with an ID of its own; a user who leaves and joins again gets a new one |

History, revisions and the timeline of a user show the API, the operation and the access key of each change.

## Changes outside the identity provider

Administrators of AWS can change what SCIM provisions, and Entra does not detect it. Scimulator accepts such a change, as AWS does,
and reports it as a [finding](findings.md#changes-outside-the-identity-provider) with the access key, the values, Entra’s values and a remedy.
\`scimulator reconcile\` lists the same differences when it compares an export of Entra with the tenant.

## Journal and CloudTrail

The journal records each request with its API, operation, access key and region, rejected ones included:

\`\`\`sh
npx scimulator journal list api:identity-store operation:UpdateUser
npx scimulator journal list key:SCIM… rejected:any
npx scimulator journal show ID --as aws     # as a command of the AWS CLI
\`\`\`

\`journal export --format cloudtrail\` and the tab **CloudTrail** of a request show the event that AWS CloudTrail would record, for the
AWS APIs and for SCIM, with personal values hidden as AWS hides them. As on AWS, requests that fail authentication cause
no event. There are no events for operations that AWS does not have.

[Faults](operations.md) apply to the AWS APIs as well. \`--throttle aws\` limits Identity Store to 20 requests per second and operation,
and SSO Admin to 20 requests per second.

## Operations

Identity Store (\`AWSIdentityStore\`): ${listOf(identityStoreOperations)}.

SSO Admin (\`SWBExternalService\`): ${listOf(ssoAdminOperations)}.

STS: \`GetCallerIdentity\`.

## Not emulated

- Applications, trusted token issuers, attributes for access control and additional Regions. Operations that read them find none, so
  tools that back up a whole instance run to the end.
- Identity Store operations and members that AWS added on 29 September 2026. Their service model is not public as far as this project
  knows. AWS describes three new operations, among them \`UpdateIdentityStore\`, and 17 changed ones: ARNs as identifiers in requests
  (another ARN gets \`ValidationException\`), revisions of resources, and lists of networks that may call the API
  (\`ApiAllowSourceIps\`) and SCIM (\`ScimAllowSourceIps\`). A client that a network list excludes at AWS is not excluded here.
- Customer managed KMS keys. Instances without permission sets, which AWS offers since August 2026: every instance has them.

## Rules

Each rule has its source and certainty, as explained on [the page about SCIM](aws-profile.md). The journal shows the ID of the rule that
rejected a request. Where sources disagree, [a switch](aws-profile.md#switches) of the tenant selects the behavior.

### All APIs

${ruleTable(apiRules)}

### Identity Store

${ruleTable(identityStoreRules)}

### SSO Admin and STS

${ruleTable(ssoAdminRules)}
`
