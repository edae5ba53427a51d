import type { Statement } from '../profiles/profile.ts'

export type ApiRule = Statement & { readonly remedy?: string }

const sources = {
  signing: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html',
  commonErrors: 'https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/CommonErrors.html',
  model:
    'https://github.com/boto/botocore/blob/develop/botocore/data/identitystore/2020-06-15/service-2.json',
  jsonProtocol: 'https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html',
  quotas: 'https://docs.aws.amazon.com/singlesignon/latest/userguide/limits.html',
  constraintText: 'https://github.com/awslabs/ssosync/issues/280',
  unknownOperation: 'https://github.com/hashicorp/terraform-provider-aws/issues/27830',
  accessDenied: 'https://github.com/binbashar/le-tf-infra-aws/pull/874',
  otherRegion: 'https://github.com/awslabs/ssosync/issues/221',
} as const

export const apiRules = [
  {
    id: 'aws-api/target',
    description:
      'A request is a POST with the operation in `X-Amz-Target`: `AWSIdentityStore.<Operation>` or `SWBExternalService.<Operation>`. Other requests get `UnknownOperationException`.',
    source: sources.unknownOperation,
    basis: 'observed',
    remedy: 'Use a client of the AWS JSON 1.1 protocol, and check the name of the operation.',
  },
  {
    id: 'aws-api/body-size',
    description: 'A request body has at most 256 KiB, and 1 MiB if its hash is in `X-Amz-Content-Sha256`.',
    source: sources.jsonProtocol,
    basis: 'assumed',
    remedy: 'Send fewer or shorter values.',
  },
  {
    id: 'aws-api/json-types',
    description:
      'The body is a JSON object whose members have the types of the service model. Unknown members are ignored, and null counts as absent.',
    source: sources.jsonProtocol,
    basis: 'inferred',
    remedy: 'Send the member with the type in the service model.',
  },
  {
    id: 'aws-api/signed',
    description: 'A request is signed with Signature Version 4.',
    source: sources.commonErrors,
    basis: 'inferred',
    remedy: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and remove --no-sign-request.',
  },
  {
    id: 'aws-api/authorization-header',
    description: '`Authorization` has `Credential`, `SignedHeaders` and `Signature`.',
    source: sources.signing,
    basis: 'inferred',
    remedy: 'Let an AWS SDK sign the request.',
  },
  {
    id: 'aws-api/access-key',
    description:
      'The access key exists. It is a long-term key: a request with a session token beside it is rejected.',
    source: sources.commonErrors,
    basis: 'observed',
    remedy:
      'Create an access key for the tenant, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and unset AWS_SESSION_TOKEN.',
  },
  {
    id: 'aws-api/signature',
    description:
      'The signature matches the request. It covers at least `host`, `x-amz-date`, `x-amz-target` and the body.',
    source: sources.signing,
    basis: 'documented',
    remedy:
      'Check the secret access key, and that no proxy changes the path, the signed headers or the body.',
  },
  {
    id: 'aws-api/signature-time',
    description:
      'A request is signed at most 5 minutes before or after the server’s time. The tenant’s virtual clock has no effect.',
    source: sources.signing,
    basis: 'documented',
    remedy: 'Correct the clock of the client.',
  },
  {
    id: 'aws-api/permission',
    description:
      'A read-only access key can call only operations that read, as with a policy that denies the others. The access key belongs to the tenant in the URL.',
    source: sources.accessDenied,
    basis: 'observed',
    remedy: 'Use an access key of this tenant, with full access for operations that write.',
  },
  {
    id: 'aws-api/request-rate',
    description:
      'The Identity Store API accepts 20 requests per second for each operation. SSO Admin accepts 20 requests per second in total.',
    source: sources.quotas,
    basis: 'documented',
    remedy: 'Retry with exponential backoff, or reduce the number of parallel requests.',
  },
  {
    id: 'aws-api/constraints',
    description:
      'Every member satisfies the constraints of the service model: length, pattern, range, values. All violations are reported in one error.',
    source: sources.constraintText,
    basis: 'observed',
    remedy: 'Correct the values at the paths in the message.',
  },
  {
    id: 'aws-api/page-token',
    description:
      'A `NextToken` continues the operation that returned it, with the same arguments. `MaxResults` may differ.',
    source: sources.model,
    basis: 'assumed',
    remedy: 'Start again without NextToken.',
  },
  {
    id: 'aws-api/region',
    description:
      'Depending on `wrongRegion`, a signature for another region is accepted, or that region has no instance of IAM Identity Center.',
    source: sources.otherRegion,
    basis: 'observed',
    remedy: 'Set AWS_REGION to the region of the instance.',
  },
] as const satisfies readonly ApiRule[]

export type ApiRuleId = (typeof apiRules)[number]['id']
