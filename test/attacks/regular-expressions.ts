// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these texts are sources with template strings.

import * as identityStoreShapes from '../../src/aws-api/identity-store/shapes.ts'
import * as ssoAdminShapes from '../../src/aws-api/sso-admin/shapes.ts'
import type { WorstText } from '../support/growth.ts'
import { fill, repeat } from '../support/worst-texts.ts'

/** Why no text of a client, or of another server, reaches an expression, or how its length is limited before. */
type NoClientText = { readonly reason: string }

/** `new RegExp(…)` as the source has it, white space as one blank, with expressions that it creates. */
type BuiltExpression = { readonly written: string; readonly created: readonly RegExp[] }

export type Entry = readonly [
  expression: RegExp | BuiltExpression,
  ...worst: readonly [NoClientText] | readonly [WorstText, ...WorstText[]],
]

const noClientText = (reason: string): NoClientText => ({ reason })

const built = (written: string, ...created: readonly RegExp[]): BuiltExpression => ({ written, created })

function* expressionsIn(value: unknown): Generator<RegExp> {
  if (value instanceof RegExp) yield value
  else if (typeof value === 'object' && value !== null)
    for (const member of Object.values(value)) yield* expressionsIn(member)
}

/** The patterns of the shapes of AWS's APIs. The pattern of a text is evaluated before its length. */
const awsPatterns = [...expressionsIn([identityStoreShapes, ssoAdminShapes])]

const ownArgument = noClientText('An argument or a file of the person who runs the command.')
const usageError = noClientText('An error about the arguments of the person who runs the command.')
const setting = noClientText('A setting of the operator.')
const publicUrl = noClientText('The public URL is a setting. Without it, the server writes its own address.')
const issuerUrl = noClientText(
  'An administrator enters it, in at most 2,000 characters (contract/issuers.ts).',
)
const ofMapping = noClientText(
  'The expression is part of a mapping. The console evaluates it in a thread (preflight/in-thread.ts), other mappings belong to the person who runs the command.',
)
const ofScenario = noClientText('A scenario and its requests belong to the person who runs it.')

/**
 * The regular expressions of the sources, by the name of the file, so that a file can move to another folder. Most search a text
 * that doesn't contain what they look for. If an expression is linear only for some texts, a comment says why it gets no others.
 */
export const expressions: Readonly<Record<string, readonly Entry[]>> = {
  'access-keys.ts': [
    [/^[A-Za-z0-9_]{4,128}$/, repeat('a', '!')],
    [/^[\x21-\x7e]{8,256}$/, repeat('a', '!')],
    [/^([^:]*):(.*)$/s, repeat('a')],
  ],
  'access-review.ts': [
    [/^([\da-f-]{36}):(\d{1,15})$/, fill('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:', '0', '"')],
  ],
  'access.ts': [
    [
      /^([\da-f-]{36})?(?::([\da-f-]{36}):(\d+))?$/,
      fill('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:', '0', '"'),
    ],
    [/^ps-[0-9a-f]{16}$/, repeat('ps-aaaaaaaaaaaaaaa')],
    [/^[\da-f-]{36}$/, repeat('a')],
    [/^\d{12}$/, repeat('00000000000')],
  ],
  'actions.ts': [[/^(member|manager) /, repeat('member')]],
  'addresses.ts': [
    [/^\[|\]$/g, repeat('[')],
    [/^(127(\.\d{1,3}){3}|::1|\[::1\]|localhost)$/i, repeat('127.0.0.')],
    [/\.localhost$/i, repeat('.localhos')],
  ],
  'admission.ts': [
    [/^[\da-f]{64}$/, repeat('a')],
    [/^Bearer +(\S+) *$/i, fill('Bearer a', ' ', 'a')],
  ],
  'archive.ts': [
    [/\.json$/i, repeat('.jso')],
    [/^\W*[{[]/, repeat(' ')],
    [/[\p{C}\p{Zl}\p{Zp}]/gu, repeat('\u0007'), repeat('\u{1f600}')],
    [/[\\/]/, repeat('/')],
    [/^[\\/]|^[A-Za-z]:|\0/, repeat('a')],
    [/^\d+ path=/, repeat('0')],
  ],
  'attach.ts': [
    [/[^\p{L}\p{N}.]+/gu, repeat(' ', '!')],
    [/^[-.]+/, repeat('.', '!')],
    [/[-.\ufffd]+$/, noClientText('The name of a test is cut to 200 bytes before.')],
  ],
  'attribute-names.ts': [
    [/\[(\w+)\]/, repeat('[a'), fill('[', 'a')],
    [/^\s*block/i, repeat(' ')],
    [/[^\p{L}\p{N}]/gu, repeat(' ')],
  ],
  'attributes.ts': [
    [/^(schemas|id|meta)($|[.:])/i, repeat('schema')],
    [/[<>;:%\t\n\r]/, repeat('a')],
    [/^\d{4}-\d\d-\d\d/, repeat('a')],
  ],
  'audit-log.ts': [
    [/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, repeat('aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaa')],
  ],
  'backup.ts': [
    [/^[\w@%+=:,./-]+$/, ownArgument],
    [/^\d+; \d+ \d+ TABLE (.+) migrations \S+$/m, ownArgument],
  ],
  'client-programs.ts': [
    [/^(postgres(?:ql)?:\/\/[^/?#:@]*):([^/?#]*)@/i, setting],
    [/\.$/, noClientText('The last line that a program of PostgreSQL has written.')],
    [/ (\d+)/, noClientText('The version that a program of PostgreSQL prints.')],
  ],
  'console-changes.tsx': [[/[A-Z]/g, repeat('A')]],
  'audit.ts': [[/^(?:scimulator-|eyJ)/, repeat('scimulator')]],
  'aws-operations.ts': [[/^[A-Z][a-z]+[A-Z][A-Za-z\d]*$/, fill('Aa', 'A', '!'), repeat('Aa', '!')]],
  'bind.ts': [[/[^\w$.:-]+/, repeat(' ', '!')]],
  'bulk-request.ts': [[/^\/+/, repeat('/', '!')]],
  'bulk.ts': [
    [/^(POST|PUT|PATCH|DELETE|GET)$/i, repeat('POS')],
    [/^\S+$/, repeat('a', ' ')],
    [/^bulkId:(\S+)$/, fill('bulkId:', 'a', ' ')],
    [/"(bulkId:([^\s"\\]+))"/g, repeat('"bulkId:'), repeat('"bulkId:a"')],
  ],
  'changes.ts': [
    [/^(true|false)$/i, repeat('tru')],
    [/^(value)?$/i, repeat('valu')],
  ],
  'check-response.ts': [
    [/^https:\/\/sts\.windows\.net\//, repeat('https://sts.windows.net')],
    [/^https?:\/\/(www\.okta\.com|[^/]+\.okta(preview)?\.com)\//, fill('https://', '.okta.com', '!')],
    [/^https:\/\/accounts\.google\.com\//, repeat('https://accounts.google.com')],
    [/^https:\/\/(auth\.pingone\.|[^/]*\.pingone\.)/, fill('https://', '.pingone')],
    [/\/realms\/[^/]+$/, repeat('/realms/a', '/')],
    [/authentik/i, repeat('authenti')],
    [
      /^https:\/\/[a-z0-9-]+\.(signin\.aws|sso\.signin\.aws|signin\.aws\.amazon\.com)\/platform\/saml\/acs\/[^/?#]+$/,
      fill('https://', 'a', '!'),
    ],
    [
      /^urn:oasis:names:tc:SAML:2\.0:attrname-format:(unspecified|uri|basic)$/,
      repeat('urn:oasis:names:tc:SAML:2.0:attrname-format:unspecifie'),
    ],
  ],
  'cli-error.ts': [
    [/^unknown option '([^'=]+)[^']*'\s+\(Did you mean (.+)\?\)$/, usageError],
    [/^unknown option '([^'=]+)[^']*'$/, usageError],
    [/^unknown command '(.+)'\s+\(Did you mean (.+)\?\)$/, usageError],
    [/^unknown command '(.+)'\s+\(Did you mean one of (.+)\?\)$/, usageError],
    [/^unknown command '(.+)'$/, usageError],
    [/^missing required argument '(.+)'$/, usageError],
    [/^option '.*?(--[\w-]+).*' argument missing$/, usageError],
    [/^option '.*?(--[\w-]+).*' cannot be used with option '.*?(--[\w-]+).*'$/, usageError],
    [/^required option '.*?(--[\w-]+).*' not specified$/, usageError],
    [/^option '.*' value '.*' from env '(.+)' is invalid\. (.+)$/s, usageError],
    [/^option '.*?(--[\w-]+).*' argument '.*' is invalid\. (.+)$/s, usageError],
    [/^command-argument value '.*' is invalid for argument '(.+)'\. (.+)$/s, usageError],
    [/^too many arguments for '(.+)'\. (.+)$/, usageError],
    [/^error: /, repeat('error:')],
  ],
  'client-text.ts': [
    [/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, repeat('\n')],
    [/[\\`*_{}[\]<>#|~&!]/g, repeat('\\')],
    [/[&<>"']/g, repeat('"')],
    [/^[=+\-@\t\r]/, repeat('a')],
    [/[",\r\n]|^\s|\s$/, repeat('a')],
    [/[\\']/g, repeat('\\')],
    [built("new RegExp(controlCharacters, 'gu')", /[\p{Cc}\p{Bidi_Control}]/gu), repeat('\n')],
    [/[\p{Cc}\p{Bidi_Control}]/u, repeat('a')],
  ],
  'client.ts': [
    [/^[^/(]{0,60}/, repeat('a', '!')],
    [/\s+v?\d[\d.]*\s*$/i, noClientText('It reads the 60 characters that the expression before it found.')],
    [/sailpoint/i, repeat('sailpoin')],
    [/[?&]filter=externalId\b/i, repeat('&filter=externalI')],
    [/:(\w+)/g, repeat(':a')],
    [/\.json$/, repeat('.jso')],
    [/\/(Schemas|ResourceTypes|ServiceProviderConfigs?)(\/|\?|$)/i, repeat('/Schemasx')],
  ],
  'cloudtrail.ts': [
    [/^(Describe|Get|Is|List)/, repeat('Describ')],
    [/^\d{4}-\d\d-\d\dT/, repeat('0000-00-00')],
    [/["']/, repeat('a')],
  ],
  'collect.ts': [[/\.json$/i, repeat('.jso')]],
  'command.ts': [
    [/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, repeat('aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaa')],
  ],
  'commands.ts': [[/^(-|help$)/, ownArgument]],
  'compare-view.tsx': [[/["\\]/g, repeat('"')]],
  'compare.ts': [[/[\da-f]+/gi, repeat('a'), repeat('ag')]],
  'config.ts': [[/^.{8,15}$/, repeat('aaaaaaa')]],
  'connection.ts': [
    [/too many connections for (role|database)/, repeat('too many connections for rol')],
    [/^(?:57P0[123]|08...)$/, repeat('57P0')],
    [/client password must be/, repeat('client password must b')],
    [/^[?@]/, repeat('a')],
    [
      /'(?:[^']|'')*'|"(?:[^"]|"")*"|--.*|[?@]\w*/g,
      fill("'", 'a'),
      fill('"', 'a'),
      fill("'", "''"),
      repeat('?'),
    ],
  ],
  'console-plugin.ts': [
    [/[.*+?^${}()|[\]\\]/g, repeat('.')],
    [
      built(
        "new RegExp( `^${pattern .split('/') .map(segment => (segment === '*' ? '.*' : segment.startsWith(':') ? '[^/]+' : literally(segment))) .join('/')}$`, )",
        /^\/api\/v1\/tenants\/[^/]+\/exchanges\/[^/]+$/,
        /^\/assets\/.*$/,
      ),
      fill('/api/v1/tenants/', 'a'),
      fill('/api/v1/tenants/a/exchanges/', 'a', '/'),
      fill('/assets/', 'a', '\n'),
    ],
  ],
  'console.ts': [
    [/^\d+$/, repeat('0', '!')],
    [/^\./, repeat('a')],
  ],
  'create-credentials.ts': [[/^[\x21-\x7e]+$/, repeat('a', ' ')]],
  'credential.ts': [
    [/^eyJ[\w-]*\.[\w-]+\.[\w-]*$/, fill('eyJ', 'a'), fill('eyJ.a.', 'a', '!')],
    [/\p{Cc}/gu, repeat('\n')],
  ],
  'credentials.ts': [
    [
      /\bCredential=(?=[A-Z\d/+]*[a-z])([A-Za-z\d/+]{40})\/\d{8}\//,
      repeat('Credential='),
      repeat('A'),
      fill('Credential=', 'A', ''),
      repeat('Credential=A/'),
    ],
    [/(?:^|[?&#])[^=&#?]*%/, repeat('?'), repeat('?a'), repeat('a')],
    [/token|key|password|secret|assertion|sig|code/i, repeat('toke')],
    [/^(x-(amz|goog)-)?signature$|^sig$|^code$/i, repeat('x-amz-signatur')],
    [
      /^((access|refresh|id|auth)[_-]?)?token$|^(x-)?(api|functions|subscription)[_-]?key$|^x-(auth-token|access-token|amz-security-token)$/i,
      repeat('access-toke'),
    ],
    [/\W/g, repeat(' ')],
    [built("new RegExp(anyName, 'i')", /password|secret/i), repeat('passwor')],
    [built("new RegExp(wholeName, 'i')", /(?<![\w$-])(?:password)(?![\w$-])/i), repeat('passwordx')],
    [
      built(
        "new RegExp(`(${wholeName})(?:(${harmlessEnd})|${quotedComparison}|.+$)`, 'gis')",
        /((?<![\w$-])(?:password)(?![\w$-]))(?:((?:\s+pr(?![^\s)\]])|\s*$))|((?:\.[\w$-]+)?\s+[a-z]{2}\s+)"(?:[^"\\]|\\.)*"(?=[\s)\]]|$)|.+$)/gis,
      ),
      fill('password', ' '),
      repeat('password pr '),
      repeat('password eq "a" '),
      fill('password eq "', '\\"'),
    ],
    [built("new RegExp(wholeName, 'gi')", /(?<![\w$-])(?:password)(?![\w$-])/gi), repeat('passwordx')],
    [
      built(
        "new RegExp(`(${wholeName})[:.[][^\\\\s,]*`, 'gi')",
        /((?<![\w$-])(?:password)(?![\w$-]))[:.[][^\s,]*/gi,
      ),
      repeat('password:'),
      repeat('password '),
    ],
    [
      built(
        "new RegExp(`${issuedByConsole}|${issuedByEndpoint}`, 'gi')",
        /scimulator-(?:[\w+/=-]|%2[bf]|%3d){200,520}|(?:scimulator-at-|scimulator-cs-)[\w-]{43}/gi,
      ),
      repeat('scimulator-'),
      repeat(`${'scimulator-'.repeat(18)}!`),
    ],
    [
      /(?:(?<![\w-])|(?<=%[\da-fA-F]{2}|\\[bfnrt]|\\u[\da-fA-F]{4}))eyJ[\w-]{8,}\.[\w-]*\.[\w-]{8,}(?:\.[\w-]+\.[\w-]+)?/g,
      repeat('eyJaaaaaaaa'),
      repeat('eyJaaaaaaaa.'),
      repeat('%41eyJaaaaaaaa'),
    ],
    [/^(password|client[_-]secret|(client[_-])?assertion)$/i, repeat('passwor')],
    [/^(bearer|token|basic|digest|negotiate|ntlm)\s+(.*)$/is, fill('bearer', ' ', '!')],
    [/^(bearer|token)$/i, repeat('beare')],
    [/^(AWS4-[\w-]+)\s+(.*)$/is, fill('AWS4-a', ' ', '!')],
    [/\bSignature=([^\s,]{0,8})([^\s,]*)/i, repeat(' Signature')],
    [/^(Credential|SignedHeaders)=/i, repeat('Credential')],
    [/^basic$/i, repeat('basi')],
    [/\s/, repeat('a')],
    [/\s+/, repeat(' ', '!')],
    [/[?#]/, repeat('a')],
    [/[&#]/, repeat('&')],
    [/^\s*[[{]/, repeat(' ', '!')],
    [/^\s*application\/x-www-form-urlencoded\b/i, repeat(' ', '!')],
    [
      /(?:^|&)[\w%.-]{0,40}(?:token|secret|assertion|password)[\w%.-]{0,40}=/i,
      repeat('&tokentokentokentokentokentokentoken'),
      repeat('&'),
    ],
    [/\b[a-z][a-z\d+.-]{0,20}:\/\/([^/?#\s@]*)@/gi, repeat('a-'), repeat('a://'), fill('a://', 'a')],
  ],
  'csv.ts': [
    [/[\r\n]/, repeat('\n')],
    [/\r\n|[\r\n]/g, repeat('\r\n')],
  ],
  'cursor-paging.ts': [[/^([0-9a-f]{2})+$/, repeat('aa', '!')]],
  'cycles.ts': [[/[?&]filter=/i, repeat('&filter')]],
  'database.ts': [
    [
      /^(postgres(?:ql)?:\/\/(?:[^/?#]*@)?)([^/?#]*)(.*)$/is,
      fill('postgres://', 'a@'),
      fill('postgres://', 'a'),
    ],
    [/^[^\0"]+$/, repeat('a', '\0')],
  ],
  'databases.ts': [
    [/^postgres(ql)?:\/\//, repeat('postgresql:/')],
    [/'pg'/, repeat('a')],
  ],
  'delivery.ts': [
    [/\s+/, repeat(' ', '!')],
    [/^whsec_([A-Za-z0-9+/]+={0,2})$/, fill('whsec_', 'a', ' ')],
    [/=+$/, setting],
  ],
  'description.ts': [
    [/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, repeat('aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaa')],
  ],
  'diagnose.ts': [[/members|manager/i, repeat('member')]],
  'dialect.ts': [
    [/["\\]/g, repeat('"')],
    [/\\u(?:0000|d[89a-f])/i, repeat('\\u000')],
  ],
  'directory-records.ts': [[/^#?microsoft\.graph\./, repeat('#microsoft.graph')]],
  'directory.ts': [[/^00u[0-9A-Za-z]{17}$/, repeat('00uaaaaaaaaaaaaaaaa')]],
  'document-rules.ts': [
    [/[<>;:%]/, repeat('a')],
    [/[\t\n\r]/, repeat('a')],
  ],
  'document.ts': [
    [/^[\p{L}\p{M}\p{S}\p{N}\p{P}]+$/u, repeat('a', ' ')],
    [/^[\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\r \u00a0\u3000]+$/u, repeat('a', '\0')],
  ],
  'documents.ts': [
    [/\s+/g, repeat(' ', '!')],
    [/^(true|1)$/, repeat('tru')],
  ],
  'duration.ts': [
    [/^(?=.)(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/, repeat('0'), fill('0w', '0')],
  ],
  // Strings end: the path was parsed before.
  'elements.ts': [
    [/"(?:[^"\\]|\\.)*"/g, repeat('"\\""')],
    [
      /An error occurred \((\w+)\) when calling the (\w+) operation/,
      repeat('An error occurred (a'),
      fill('An error occurred (', 'a'),
    ],
    [/^[A-Z]+\t/, repeat('A')],
    [/^[-+]-{4}/, repeat('-')],
    [/^(- )?\w+:\r?\n/, repeat('a')],
    [/^[AEIOU]/, repeat('A')],
    [/^List(Users|Groups)$/, repeat('ListUser')],
  ],
  'entra-job.ts': [[/^\ufeff/, repeat('a')]],
  'environment.ts': [[/^[\w:/.+=-]*$/, repeat('a', '!')]],
  'errors.ts': [[/^(Create|Delete)GroupMembership$/, repeat('CreateGroupMembershi')]],
  'evidence.ts': [
    [/\/ServiceProviderConfigs?(\?|$)/i, repeat('/ServiceProviderConfigx')],
    [/^excludedAttributes=.*members/i, fill('excludedAttributes=', 'member')],
    [/^replace$/i, repeat('replac')],
    [/^members\b/i, repeat('member')],
    [/^remove$/i, repeat('remov')],
    [/^(Create|Update|Delete)/, repeat('Creat')],
    [
      /"itemsPerPage"\s*:\s*(\d+)/,
      repeat('"itemsPerPage":'),
      fill('"itemsPerPage"', ' '),
      fill('"itemsPerPage":', ' '),
    ],
  ],
  'exchange.ts': [
    [/^accept-encoding$/i, repeat('accept-encodin')],
    [/^(x-amz-(date|content-sha256)|amz-sdk-)/i, repeat('x-amz-dat')],
    [/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, repeat('\n')],
    [/(?<=[a-z\d])(?=[A-Z])/g, repeat('aA')],
  ],
  'exchanges.ts': [[/^([1-5]|[1-5]xx|[1-5]\d\d)$/i, repeat('a')]],
  'explain.ts': [[/\/bulk\/?(\?|$)/i, repeat('/bulk/x')]],
  'export-files.ts': [
    [/^\ufeff/, repeat('a')],
    [/\.json$/i, repeat('.jso')],
  ],
  'export.ts': [
    [/^\ufeff/, repeat('a')],
    [/\.json$/i, repeat('.jso')],
    [/\.csv$/i, repeat('.cs')],
    [/^\s*[[{]/, repeat(' ', '"')],
    [/\$metadata#users\b/i, repeat('$metadata#user')],
    [/\$metadata#groups\b/i, repeat('$metadata#group')],
    [/^Line/, repeat('Lin')],
    [/^\[|\]$/g, repeat('[')],
  ],
  'expression.ts': [
    [/\[([^[\]"]+)\]/y, fill('[', 'a', '"')],
    [/"((?:[^"\\]|\\[\s\S])*)"/y, fill('"', '\\"'), repeat('"\\"')],
    [/(-?\d+(?:\.\d+)?)/y, repeat('0'), fill('0.', '0')],
    [/([A-Za-z_]\w*)/y, repeat('a')],
    [/(<>|<=|>=|[=<>])/y, repeat('<=')],
    [/(\()/y, repeat('(')],
    [/(\))/y, repeat(')')],
    [/(,)/y, repeat(',')],
    [/\\(["\\])/g, repeat('\\"')],
    [/\s/, repeat('a')],
    [/^-?\d+(\.\d+)?$/, repeat('0', '!'), fill('0.', '0', '!')],
  ],
  'failures.ts': [[/^[^[]*\[value eq "(.*)"\]/, repeat('[value eq "'), repeat('a')]],
  'faults.ts': [
    [
      /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(\s?;\s?[\w!#$&^.+-]+=([\w!#$&^.+-]+|"[\x20!#-[\]-~]*"))*$/,
      fill('a/a', ';a=a', '"'),
      fill('a/a', ';a="a"', '"'),
      fill('a/a;a="', 'a'),
    ],
  ],
  'field.tsx': [[/^\d+$/, repeat('0', '!')]],
  'fields.ts': [
    [/^(\(\?i\))?([\s\S]*)$/, fill('(?i)', 'a', '!')],
    [built("new RegExp(rest, ignoring ? 'dgi' : 'dg')"), ofMapping],
    [/[^\P{Cc}\t\r\n]/u, repeat('a')],
  ],
  'find-identity.ts': [
    [
      /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
      repeat('aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaa'),
    ],
  ],
  'fingerprint.ts': [
    [/\/(Users|Groups)(?:\/([^/]+))?\/?$/i, repeat('/Users/', '/'), fill('/Users/', 'a', '//')],
    [/(?:^|&)filter=([^&]*)/, repeat('&filter')],
    [/^u/i, repeat('a')],
    [/^(add|replace)$/i, repeat('ad')],
  ],
  'first-credentials.ts': [[/\s+/, repeat(' ', '!')]],
  'first-tenant.ts': [
    [
      built('new RegExp(`^${tokenPrefix}[\\\\w+/=-]+\\\\n$`)', /^scimulator-[\w+/=-]+\n$/),
      fill('scimulator-', 'a'),
    ],
  ],
  'form.ts': [
    [/^application\/x-www-form-urlencoded\s*(?:;|$)/i, fill('application/x-www-form-urlencoded', ' ', '!')],
    [/^application\/([\w.-]+\+)?json\b/i, fill('application/', 'a')],
    // A header has no line breaks, the only characters that end `.*`.
    [/^basic(?: +(.*))?$/i, fill('basic', ' ', 'a')],
    [/^basic\b/i, repeat('basi')],
    [/^([^:]*):(.*)$/s, repeat('a')],
    [/^[\x20\x21\x23-\x5b\x5d-\x7e]{1,1000}$/, repeat('a', '!')],
  ],
  'functions.ts': [
    [/^true$/i, repeat('tru')],
    [/\$\{(\w+)\}/g, repeat('${'), fill('${', 'a')],
    [/^\d+$/, repeat('0', '!')],
    [/\p{Mn}/gu, repeat('\u0300')],
    [/[æÆøØœŒßłŁıđĐ]/g, repeat('ß')],
  ],
  'generate.ts': [
    [/\s+/, repeat(' ', '!')],
    [/[^a-zA-Z.-]/g, repeat('0')],
  ],
  'guard.ts': [[/^[\w.:[\]-]+$/, repeat('a', '!')]],
  'har.ts': [[/[?&]access_token=/i, repeat('&access_token')]],
  'history.ts': [[/^[\w-]{1,64}$/, repeat('a', '!')]],
  'http-sender.ts': [
    [
      /^(connection|keep-alive|host|content-length|transfer-encoding|te|trailer|upgrade|expect|accept-encoding|forwarded|x-forwarded-.*|proxy-.*)$/i,
      fill('x-forwarded-', 'a', '!'),
    ],
    [/\/+$/, ownArgument],
  ],
  'http-target.ts': [[/\/+$/, ownArgument]],
  'identity-providers.ts': [
    [/\bokta\b/i, repeat('okt')],
    [/&startIndex=1&count=100$/, repeat('&startIndex=1&count=10')],
    [/^startIndex=\d+&count=100$/, fill('startIndex=', '0', '!')],
    [/^00u[A-Za-z0-9]{17}$/, repeat('00uaaaaaaaaaaaaaaaa')],
    [/^utf-8$/i, repeat('utf-')],
    [/google-auto-provisioning/i, repeat('google-auto-')],
    [/^\d{21}$/, repeat('0', '!')],
    [/^application\/json\b/i, repeat('application/jso')],
    [/jumpcloud/i, repeat('jumpclou')],
    [/^[\da-f]{24}$/, repeat('a', '!')],
    [/^tel:/i, repeat('tel')],
    [/onelogin/i, repeat('onelogi')],
    [/ping[\s-]?(federate|identity|datasync)/i, repeat('ping federat')],
    [/ping[\s-]?one/i, repeat('ping on')],
    [/cyberark/i, repeat('cyberar')],
    [/"op"\s*:\s*"([a-z]+)"/i, repeat('"op" '), fill('"op"', ' '), fill('"op":"', 'a')],
    [/[.:]/, repeat('a')],
    [/^(true|false)$/i, repeat('tru')],
    [
      /(?:^|&)filter=[^&]*(?:\+|%20)eq(?:\+|%20)(?:%22|")[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}(?:%22|")(?:&|$)/i,
      fill('filter=', '+eq+%22'),
      repeat('&filter='),
    ],
    [/\/(Bulk|\.search)$/i, repeat('/Bul')],
    [/^application\/scim\+json;\s*charset=utf-8$/i, fill('application/scim+json;', ' ')],
    [/microsoft|azure|entra|\baad\b/i, repeat('microsof')],
    [/\bmembers\b/i, repeat('member')],
  ],
  'identity.ts': [
    [/^eyJ[\w-]*\.[\w-]+\.[\w-]+$/, fill('eyJ', 'a'), fill('eyJ.a.', 'a', '!')],
    [
      /^([0-9a-f]{10}-)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
      repeat('aaaaaaaaaa-aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaa'),
    ],
  ],
  'ids.ts': [
    [/(^|[.:])(id|value)$/i, repeat('i')],
    [/^\/(?:Users|Groups)\/([^/?#]+)/, fill('/Users/', 'a', '!')],
    [/[?#]/, repeat('?')],
  ],
  'import-directory.ts': [[/\.json$/i, repeat('.jso')]],
  'injected-faults.ts': [
    [/[\\^$.+?()[\]{}|]/g, repeat('.')],
    [built("new RegExp(`^${text.join('.*')}$`, 's')"), ofScenario],
  ],
  'inspect.ts': [
    [/(?:^|[?&\s])SAMLResponse=([^&\s]*)/, repeat('&SAMLResponse')],
    [/\s+/g, repeat(' ')],
    [/^[\w+/-]+={0,2}$/, repeat('a', '!')],
  ],
  'interoperability.ts': [
    [/[@\s]|^\D*$/, repeat('a', '1')],
    [/[.:]/, repeat('a')],
  ],
  'issuers.ts': [
    [/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, repeat('aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaa')],
    [/\/+$/, publicUrl],
    [/[\p{Cc}\p{Cs}]/u, repeat('a')],
    [/^https?:$/, repeat('https')],
  ],
  'job-file.ts': [[/\.?$/, repeat('.')]],
  'job-health.ts': [
    [/"path"\s*:\s*"members\b/i, repeat('"path":'), fill('"path"', ' '), fill('"path":', ' ')],
  ],
  'journal-partitions.ts': [
    [/^(?:23505|23514|42501|42P01|42P07|42P17)$/, repeat('2350')],
    [/^exchanges_(\d{4})(\d\d)(\d\d)$/, repeat('exchanges_0000000')],
  ],
  'journal-search.ts': [[/^([0-9a-f]{8})-([0-9a-f]{4})-7/, repeat('aaaaaaaa-aaaa-')]],
  'journal-writer.ts': [[/^(?:2[123]|54)/, repeat('a')]],
  'json-lines.ts': [[/,$/, repeat('a')]],
  'json.tsx': [[/"([^"]+)"$/, repeat('"a'), fill('"', 'a')]],
  'key-sets.ts': [
    [/^[RP]S/, repeat('?')],
    [/\/+$/, issuerUrl],
  ],
  'limits.ts': [
    [/^(bulk|\.search)$/i, repeat('bul')],
    [/\b(ne|co|sw|ew|pr|g[te]|l[te]|or|not)\b/i, repeat('n')],
    // A filter of at most 500 characters.
    [/^\w+ eq "[^"\\]*"$/, fill('a eq "', 'b'), repeat('a')],
    [/"(?:[^"\\]|\\.)*"/g, repeat('"\\""')],
  ],
  'list-operations.ts': [[/^[+-]?\d{1,15}$/, repeat('-')]],
  'lookup.ts': [
    [/%[0-9a-f]{2}|[\w.~-]+/gi, repeat('%a')],
    [/\{\{([^{}]+)\}\}/g, repeat('{{'), fill('{{', 'a')],
  ],
  'mapping.ts': [
    [
      /^(?:(urn:.+):)?([$A-Za-z][\w$-]*)(?:\[\s*([A-Za-z][\w-]*)\s+eq\s+(?:"([^"\\]*)"|(\w+))\s*\])?(?:\.([$A-Za-z][\w$-]*))?$/i,
      fill('urn:', 'a:', '!'),
      fill('a[', ' '),
      fill('a[a', ' '),
      fill('a[a eq "', 'a'),
    ],
    [
      /^urn:ietf:params:scim:schemas:core:2\.0:(User|Group)$/i,
      repeat('urn:ietf:params:scim:schemas:core:2.0:Use'),
    ],
  ],
  'masking.ts': [
    [/\\u([0-9a-f]{4})/gi, repeat('\\uaaaa')],
    [/^\s*[[{]/, repeat(' ', ' ')],
    [/[?#]/, repeat('a')],
    [/(^|[&#])([^&#]*)/g, repeat('a', '!')],
    [/^(excluded)?attributes$|^sortby$/, repeat('excludedattribute')],
    [/%([0-7][0-9a-f])/gi, repeat('%0a')],
  ],
  'messages.ts': [[/^\s*\{/, repeat(' ', '!')]],
  'microsoft.ts': [
    [/\/+$/, ownArgument],
    [/\/v2\.0$/, repeat('/v2.')],
  ],
  'migrate.ts': [[/^-- usable-since: (\d{4})\n/, repeat('-- usable-since: 0000')]],
  'migrations.ts': [
    [/for (?:table|sequence)/, repeat('for tabl')],
    [/statement pooling mode/, repeat('statement pooling mod')],
  ],
  'names.ts': [
    [/^(?:\$ref|[A-Za-z][\w$-]*)$/, fill('a', 'a', '!')],
    [/^urn:ietf:params:scim:api:/i, repeat('urn:ietf:params:scim:api')],
    [
      /^urn:ietf:params:scim:schemas:core:2\.0:(?:Schema|ResourceType|ServiceProviderConfig)$/i,
      repeat('urn:ietf:params:scim:schemas:core:2.0:Schem'),
    ],
    [
      /^urn:[a-z0-9][a-z0-9-]{1,31}(?::[\w~.-]*\w)+$/i,
      fill('urn:aa', ':a.', '!'),
      fill('urn:aa:', 'a', '.'),
      fill('urn:aa', ':a', '!'),
    ],
    [/^[A-Za-z][\w-]*$/, fill('a', 'a', '!')],
    [/^\/v\d+$/, fill('/v', '0', '!')],
    [/^\/[A-Za-z][\w-]*$/, fill('/a', 'a', '"')],
  ],
  'normalizers.ts': [
    [/"(?:[^"\\]|\\.)*"?|[[\]]/g, fill('"', '\\"'), repeat('"\\"'), repeat('[')],
    [/[.[]/, repeat('.')],
  ],
  'notes.ts': [[/#EXT#/i, repeat('#EXx')]],
  'nouns.ts': [[/^--((json|wide)$|console=|console-token=)/, repeat('--jso')]],
  'oauth-clients.ts': [
    [/^[\w.~-]{1,128}$/, repeat('a', '!')],
    [/^[\x21-\x7e]{16,256}$/, repeat('a', '!')],
    [/^[^\p{C}]{1,100}$/u, repeat('a', '!')],
    [/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, repeat('aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaa')],
    [/^api:\/\//i, repeat('api:/')],
    [/\/\.default$/i, repeat('/.defaul')],
  ],
  'open-source.ts': [
    [/^go-http-client\//i, repeat('go-http-client')],
    [/^apache-httpclient\//i, repeat('apache-httpclient')],
    [/\bauthentik\b/i, repeat('authenti')],
    [/^(userName|displayName)(\+|%20)eq(\+|%20)(?!%22|")./i, repeat('userName+eq+%22')],
    [/\bkeycloak\b/i, repeat('keycloa')],
    [/^f:[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}:./i, repeat('f:aaaaaaaa-aaaa-')],
    [/\/scim\/v2(Users|Groups)(\/|$)/i, repeat('/scim/v2Usersx')],
    [/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i, repeat('aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaa')],
    [/\bpocket-?id\b/i, repeat('pocket-i')],
    [/\bssosync\b/i, repeat('ssosyn')],
    [/^application\/scim\+json$/i, repeat('application/scim+jso')],
    [/^filter=(userName|displayName)\+eq\+%22[^&]*%22$/, fill('filter=userName+eq+%22', '%22', '&')],
    [/\bidp-?scim-?sync\b/i, repeat('idp-scim-syn')],
    [/^cursor=?&filter=members\.value\+eq\+/, repeat('cursor=&filter=members.value+eq')],
    [/^application\/scim\+json\b/i, repeat('application/scim+jso')],
    [/\bterraform-provider-aws-sso-scim\b/i, repeat('terraform-provider-aws-sso-sci')],
    [/^id\+eq\+%22[^&]*%22\+and\+members\+eq\+%22/, fill('id+eq+%22', '%22+and+members')],
    [/\bteleport\b/i, repeat('telepor')],
  ],
  'openapi.ts': [[/"#\/components\/schemas\/([^"]+)"/g, repeat('"#/components/schemas/')]],
  'operation.ts': [
    [/^(?=.)(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/, repeat('0'), fill('0w', '0')],
  ],
  'options.ts': [
    [/[A-Z]/g, repeat('A')],
    [/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/i, fill('0000-00-00T00:00:00.', '0')],
    [/^\d{1,9}$/, repeat('a')],
    [/^[1-9]\d*$/, fill('1', '0', '!')],
    [/\/+$/, ownArgument],
    [/^[\x21-\x7e]*$/, repeat('a', ' ')],
  ],
  'other-clients.ts': [
    [/^replace$/i, repeat('replac')],
    [/^members$/i, repeat('member')],
    [/^(true|false|null|-?\d+(\.\d+)?)$/, repeat('0', '!'), fill('0.', '0', '!')],
  ],
  'output.ts': [[/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, repeat('\n')]],
  'page.ts': [[/^\/(api|assets)\b/, repeat('/ap')]],
  'palette.tsx': [
    [/["\\]/g, repeat('"')],
    [/^[0-9a-f-]{36}$/i, repeat('a', '!')],
  ],
  'parse.ts': [
    [/\S/, repeat(' ')],
    [/([a-z][\w-]*):/iy, fill('a', 'a', '!')],
    [/\s*/y, repeat(' ', '!')],
    [/\S*/y, repeat('a', '!')],
    [/"((?:[^"\\]|\\.)*)"/sy, fill('"', '\\"'), repeat('"\\"')],
    [/\\(["\\])/g, repeat('\\"')],
    [/^[$A-Za-z][\w$-]*$/, fill('a', 'a', '!')],
    [/^[^\s"[\]]+[^\s"[\].:]$/, repeat('a', '.'), repeat('.')],
  ],
  'patch-description.ts': [[/^[\w$:.-]*/, repeat('a', '!')]],
  'permission-sets.ts': [
    [
      /^(-?)P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)([DW]))?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/,
      fill('P', '0'),
      fill('PT', '0'),
    ],
  ],
  'person.ts': [
    [/\p{Cc}/gu, repeat('\n')],
    [/\s+/, repeat(' ', '!')],
  ],
  'personal-data.ts': [
    [
      /(?<![\w.+'-])[\w.+'-]+@(?!example\.com\b)[\w-]+(?:\.[\w-]+)+/g,
      repeat('a@'),
      repeat('a'),
      repeat('a@a.a '),
    ],
    [/^(true|false|urn:.*)$/i, fill('urn:', 'a', '\n')],
    [/^\s*[[{]/, repeat(' ', ' ')],
    [/^\/Groups\b/, repeat('/Group')],
    [/^\d{4}-\d\d-\d\d(T.*)?$/, fill('2026-11-26T', 'a', '\n')],
    [/^[a-z][a-z\d+.-]*:\/\//i, fill('a', 'a', '!')],
    [/^[^\s@"]+@[^\s@"]+$/, repeat('a'), fill('a@', 'a', '@')],
    [/^tel:/i, repeat('tel')],
    [/^(00[ug]|f:)/, repeat('00')],
    [/[\p{L}\p{N}]/gu, repeat('a')],
    [/[\p{L}\p{N}]/u, repeat(' ')],
  ],
  'plan-documents.ts': [[/`+/g, repeat('`')]],
  'preflight-page.tsx': [
    [/^\ufeff?\s*\{\s*"(users|groups)"\s*:\s*\{/, repeat(' '), fill('{', ' '), fill('{"users":', ' ')],
  ],
  'process.ts': [[/^--(data|database-url)(=|$)/, repeat('--data')]],
  'profile.ts': [[/(\.\d+?)0+$/, noClientText('It reads a time that the server wrote.')]],
  'provider.ts': [[/^[\w.-]{1,60}$/, repeat('a', '!')]],
  'query-rules.ts': [
    [/^[-a-zA-Z0-9+=/:_]*$/, repeat('a', ' ')],
    [/^-?\d+$/, fill('-', '0', '!')],
    // Strings end: the filter was parsed before.
    [/"(?:[^"\\]|\\.)*"/g, repeat('"\\""')],
    [/\bmembers\s+eq\b/i, fill('members', ' '), repeat('members ')],
  ],
  'query-text.ts': [
    [/%[\da-f]{2}/gi, repeat('%aa')],
    [/%(?:[a-f][\da-f]|\d[a-f])/, repeat('%a')],
    [/%../g, repeat('%aa')],
    [
      /(?<![\w$.:-])([\w$.:-]+)(\s+(?:eq|ne|co|sw|ew|gt|ge|lt|le)\s+)(?:"((?:[^"\\]|\\.)*)"|([^\s()[\]"]+))/gi,
      fill('a', ' ', 'x'),
      fill('a eq', ' '),
      fill('a eq "', '\\"'),
      repeat('a eq '),
    ],
    [/^(true|false|null|-?\d[\d.eE+-]*)$/, fill('-0', '0', '!')],
    [/^\./, repeat('a')],
    [/[\w$.:-]/, repeat(' ')],
  ],
  'proxy.ts': [
    [/^[\da-f]{64}$/i, ownArgument],
    [/^bearer +/i, repeat('bearer ', ' ')],
    [/^(connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade)$/i, repeat('proxy-', '\n')],
  ],
  'read-captured.ts': [
    [/[^\w/]/g, repeat(' ')],
    [
      built(
        'new RegExp(String.raw`https?:${slash}${slash}[^/"\\s\\\\]+${path}(?=\\\\?[/"]|$)`, \'g\')',
        /https?:\\?\/\\?\/[^/"\s\\]+\\?\/acme\\?\/scim\\?\/v2(?=\\?[/"]|$)/g,
      ),
      repeat('https://a'),
      fill('https://', 'a'),
      repeat('https://a/acme/scim/v2x'),
    ],
    [/^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i, fill('a', 'a', '!')],
    [/\s/g, repeat(' ')],
    [/^transfer-encoding$/i, repeat('transfer-encodin')],
    [/^content-length$/i, repeat('content-lengt')],
  ],
  'read-directory.ts': [
    [/\.(json|csv)$/i, repeat('.jso')],
    [/\.csv$/i, repeat('.cs')],
    [/^\ufeff/, repeat('a')],
    [/\.json$/i, repeat('.jso')],
    [/^\s*[[{]/, repeat(' ', '!')],
    [/[\r\n]/, repeat('\n')],
    [/[,;]/, repeat(',')],
    [/^"(.*)"$/, repeat('"', 'a')],
    [/^member(Id)?$/i, repeat('memberI')],
    [/^directory$/i, repeat('director')],
    [/^users$/i, repeat('user')],
    [/^groups$/i, repeat('group')],
    [/^deleted(Items|Users|Groups)$/i, repeat('deletedItem')],
    [/^managers$/i, repeat('manager')],
    [/^(assignments|appRoleAssignedTo|appRoleAssignments)$/i, repeat('assignment')],
    [/^(appRoles|servicePrincipal)$/i, repeat('appRole')],
    [/^members$/i, repeat('member')],
    [/^members\/(.+)$/, fill('members/', 'a', '\n')],
    [/^groups-(.+)-members$/i, fill('groups-', '-members', '!')],
  ],
  'read-expectation.ts': [
    [/^(GET|POST|PATCH|DELETE) (\/.*)$/s, fill('GET /', 'a')],
    [/\{\{[^{}]*\}\}/g, repeat('{{')],
    [/\s/, repeat('a')],
  ],
  'read-mapping.ts': [
    [/^(manager|members)$/i, repeat('manage')],
    [/^[A-Za-z_]\w*$/, fill('a', 'a', '!')],
  ],
  'read-value.ts': [
    [/^[\w-]{1,100}$/, repeat('a', '!')],
    [
      /^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)T(?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)(?:\.(?<fraction>\d{1,12}))?(?<zone>Z|[+-]\d\d:\d\d)?$/,
      repeat('0000-00-00T00:00:00.0'),
    ],
    [/[1-9]/, repeat('a')],
    [/[\s\u0000-\u001f\u007f<>"]/, repeat('a')],
    [/^[A-Za-z0-9+/]*={0,2}$/, repeat('a', '!')],
  ],
  'read.ts': [
    [/^\ufeff/, repeat('a')],
    [/^<!doctype html>/i, repeat('<!doctype html')],
    [/^\{\s*"log"\s*:/, fill('{', ' '), fill('{"log"', ' ')],
    [/\r?\n/, repeat('\r\n')],
    [/^line 1, /, repeat('line 1,')],
    [
      /^(.*?)\/(Users|Groups|Me|Bulk|Schemas|ResourceTypes|ServiceProviderConfig|\.search)(?=[/?#]|$)/,
      repeat('/Usersx'),
    ],
  ],
  'reality.ts': [
    [/^\/(User|Group)s(?:\/([^/?]+))?\/?(?:\?|$)/, fill('/Users/', 'a', '/a')],
    [/[?&]cursor=([^&]+)/, repeat('?cursor'), fill('?cursor=', 'a')],
    [/"nextCursor":"[^"]*"/, fill('"nextCursor":"', 'a'), repeat('"nextCursor":')],
    [/\b(?:members?|groups)\b/i, repeat('member'), repeat('group ')],
    [/^-?\d{1,9}$/, repeat('1')],
    [/"[^"]*"|'[^']*'|[\da-f-]{36,}/gi, repeat('a', 'g'), repeat(`"'`), repeat(`"a'`, 'aaaag')],
    [/\S+/g, repeat('a'), repeat('a ')],
  ],
  'receive.ts': [
    [/(?:^|\W)100-continue(?:$|\W)/i, repeat(' 100-continuex')],
    [/^bearer (.*)$/i, fill('bearer ', 'a', '\n')],
  ],
  'recognize.ts': [
    [/scim-check-([a-z\d]{4,})-\d/i, repeat('scim-check-'), fill('scim-check-', 'a')],
    [/^scim-compliance\b/i, repeat('scim-complianc')],
    [/^curl\//i, repeat('curl')],
    [/^postmanruntime\//i, repeat('postmanruntime')],
  ],
  'record.ts': [[/^scim\.([a-z\d-]+)\.amazonaws\.com$/, ownArgument]],
  'recording.ts': [
    [/^\d{4}-\d\d-\d\d$/, repeat('0000-00-0')],
    [/^(?:\/[^/?]+)?\/scim\/v2(?=\/)/, fill('/', 'a', '!')],
    [/^[!#$%&'*+.^`|~\w-]+$/, repeat('a', ' ')],
    [/^[^\0\r\n]*$/, repeat('a', '\n')],
    [/[\t\r\n]/g, repeat('\n')],
    [/[?#]/, repeat('?')],
    [/[/\\]/, repeat('/')],
    [/^(?:\.|%2e){1,2}$/i, repeat('a')],
    [/^[A-Z][A-Z-]*$/, fill('A', 'A', '"')],
    [/^\/[^\0\t\r\n]*$/, fill('/', 'a', '\n')],
    [/^\/(Schemas|ResourceTypes|ServiceProviderConfig)\b/, repeat('/Schema')],
    [/(?<![\w.+'-])[\w.+'-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+/gi, repeat('a@'), repeat('a'), repeat('a%40a.a ')],
    // An address has one @.
    [
      /(?:@|%40)(?:.+\.)?(?:example\.(?:com|net|org)|example|test|invalid|localhost)$/i,
      fill('a@', 'test.', '!'),
    ],
  ],
  'records.ts': [
    [/^(.{8})(.{4})(.{4})(.{4})/, repeat('aaaaaaaaaaaaaaaaaaaa')],
    [
      /^([0-9a-f]{10}-)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
      repeat('aaaaaaaaaa-aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa'),
    ],
    [
      /^(d-[0-9a-f]{10}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/,
      repeat('aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa'),
    ],
    [/^\d{12}$/, repeat('0')],
    [
      /^arn:[a-z-]{3,20}:sso:::instance\/(?:sso)?ins-[\w.-]{16}$/,
      fill('arn:aws:sso:::instance/ssoins-', 'a'),
    ],
    [
      /^arn:[a-z-]{3,20}:sso:::permissionSet\/((?:sso)?ins-[\w.-]{16})\/(ps-[\w./-]{16})$/,
      fill('arn:aws:sso:::permissionSet/ssoins-aaaaaaaaaaaaaaaa/ps-', 'a'),
    ],
    [
      /^arn:[a-z-]{3,20}:sso::\d{12}:application\/[\w./-]{1,100}$/,
      fill('arn:aws:sso::000000000000:application/', 'a'),
    ],
    [/^arn:.{1,200}\/provisioningtenant\//, fill('arn:', '/provisioningtenant')],
    [/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/, fill('2026-11-30T06:00:28.', '0')],
    [/^[a-z\d-]{1,32}$/, repeat('a')],
    [/^(EN|DIS)ABLED$/, repeat('ENABLE')],
    [/^PT?[\dA-Z]{1,20}$/, fill('PT', '1')],
    [/^(USER|GROUP)$/, repeat('USE')],
  ],
  'redact-recorded.ts': [[/json/i, repeat('jso')]],
  'redactor.ts': [
    [/%[0-9a-f]{2}|\\u[0-9a-f]{4}|\\["\\/]/gi, repeat('%aa')],
    [/^[\w.~-]*$/, repeat('a', '!')],
    [/[+/]/, repeat('a')],
    [/[\w+/=-]/, repeat(' ')],
    [/[%\\]/, repeat('a')],
    [/^\\["\\/]/, repeat('a')],
  ],
  'references.ts': [[/["\\]/, repeat('a')]],
  'register.ts': [[/^[\da-z-]{8,45}$/, repeat('a', '!')]],
  'rehearsal.ts': [[/^\d{1,4}\.\d{1,4}(\.\d{1,4})?$/, repeat('0')]],
  'rejection.ts': [
    [/\p{Cc}/u, repeat('a')],
    [/\p{Cn}|\p{Co}|\p{Cs}/u, repeat('a')],
    [/\p{C}|\p{Z}|\p{M}/u, repeat('a')],
  ],
  'remedy.ts': [[/^[A-Za-z_]\w*$/, fill('a', 'a', '!')]],
  'replay.ts': [
    [/^([!#$%&'*+.^_`|~\w-]+):[ \t]*([\x20-\x7e]*)$/, ownArgument],
    [/^https?:$/, repeat('https')],
  ],
  'request-bodies.ts': [
    [
      /^urn:ietf:params:scim:schemas:extension:[^:]+:2\.0:(User|Group)$/i,
      fill('urn:ietf:params:scim:schemas:extension:', 'a', '!'),
    ],
  ],
  'request-id.ts': [
    [
      /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/,
      repeat('aaaaaaaa-aaaa-7aaa-aaaa-aaaaaaaaaaa'),
    ],
  ],
  'request.ts': [
    [
      /^application\/(scim\+)?json\s*(;.*)?$/i,
      fill('application/json', ' ', '!'),
      fill('application/json;', 'a', '\n'),
    ],
    [/^(identity)?$/i, repeat('identit')],
    [/^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]{1,255})(?::\d+)?$/, fill('[', 'a'), fill('a:', '0', '!')],
    // Strings end: the text was parsed as JSON before.
    [/"(?:[^"\\]|\\.)*"/g, repeat('"\\""')],
  ],
  'requests.ts': [
    [/^[a-z]\w*\.\w|\[/i, fill('a', 'a')],
    [/(^|:)manager$/i, repeat('manage')],
  ],
  'resource.ts': [[/^(?:W\/)?"([^".]+)(?:\.[^".]*)?"$/, fill('"', 'a'), fill('"a.', 'a')]],
  'respond.ts': [[/^q=0(\.0*)?$/, fill('q=0.', '0', '!')]],
  'responses.ts': [
    [/^…\S/, repeat('a')],
    [/[&<>]/g, repeat('&')],
    [/^application\/(scim\+)?json$/i, repeat('application/scim+jso')],
  ],
  'route.ts': [
    [
      /^\/([^/?%]+)\/scim\/v2\/([^/?%]+)(?:\/([^/?%]+))?(?:\?|$)/,
      fill('/', 'a', '/scim/v'),
      fill('/a/scim/v2/a/', 'a', '/'),
    ],
    [/[?#]/, repeat('?')],
    [/^https?:\/\/[^/?]*/i, fill('https://', 'a', '!')],
    [/^v\d+$/, fill('v', '0', '!')],
  ],
  'router.ts': [
    [/(.)\/$/, repeat('a')],
    [/:(\w+)/g, repeat(':a')],
  ],
  'routes.ts': [[/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/, fill('/', 'a', ' ')]],
  'rules.ts': [
    [/^[A-Z]{2}$/, repeat('A')],
    [/\p{Cc}/u, repeat('a')],
  ],
  'run.ts': [[/[?#]/, repeat('a')]],
  'safe-fetch.ts': [
    [
      /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i,
      fill('application/', 'a'),
      fill('application/json', ' ', '!'),
    ],
    [/^[A-Z][A-Z\d_]*$/, fill('A', 'A', '!')],
  ],
  'save-export.ts': [[/(?![\t\r\n])[\p{Cc}\p{Bidi_Control}]/gu, repeat('\u0001')]],
  'scenario.ts': [[/^[a-z-]+$/, repeat('a', '!')]],
  'schema.ts': [[/^(.).(.).(.).(.).-(.).(.).-..(..)/, repeat('a')]],
  'scim-errors.ts': [[/^([A-Za-z-]{1,20}) \S+ HTTP\/1\.[01]\r?\n/, fill('GET ', 'a')]],
  'scim-request.ts': [[/[!'()*]/g, repeat('(')]],
  'scimulator.ts': [[/^(--help|-h|--version)$/, repeat('--hel')]],
  'scoping-filter.ts': [
    [/^\d+$/, repeat('0', '!')],
    [/^(\(\?i\))?([\s\S]*)$/, fill('(?i)', 'a', '!')],
  ],
  'search-times.ts': [
    [/(^|\s)(-?(?:tenant-)?)((?:after|before):)([^\s"]+)/gi, repeat(' after:'), repeat(' after:a')],
    [/[:-]/, repeat('a')],
    [/^\d\d:/, repeat('00')],
    [/^\d{4}-\d\d-\d\d$/, repeat('0000-00-0')],
    [/(Z|[+-]\d\d:\d\d)$/i, repeat('+00:00 ')],
  ],
  'secret-hashing.ts': [
    [/^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/, fill('$scrypt$ln=0,r=0,p=0$a$', 'a', ' ')],
    [/=+$/, noClientText('It reads a hash of the server in Base64.')],
  ],
  'secrets.ts': [
    [/^(set-)?cookie$/i, repeat('set-cooki')],
    [/(?:^|[;,])\s*[^=;,\s]+=([^;,]+)/g, repeat(';'), fill(';', ' '), repeat(';a=a'), fill(';', 'a')],
    [/^content-type$/i, repeat('content-typ')],
    [/\s/g, repeat(' ')],
    [
      built("new RegExp(`=${encodeURIComponent('…')}[^&#]*`, 'g')", /=%E2%80%A6[^&#]*/g),
      repeat('=%E2%80%A6'),
      repeat('=%E2%80%A6&'),
    ],
    [/^([A-Za-z][\w-]{0,15})\s+\S/, fill('aa', ' ', '!')],
    [/[\p{Cc}\p{Noncharacter_Code_Point}]/u, repeat('a')],
    [/\p{Zs}/gu, repeat(' ')],
  ],
  'sentence.ts': [[/\.$/, repeat('a')]],
  'session.ts': [
    [/^(query|body)\./, repeat('query')],
    [/^(?:Enter|Expected|Must|Unknown)/, repeat('Ente')],
  ],
  'sessions.ts': [[/^[\w-]{43}$/, repeat('a', '!')]],
  'settings.ts': [
    [/^\d{1,9}$/, repeat('a')],
    [/^[\x21-\x7e]+$/, repeat('a', ' ')],
    [/^(\d{1,15})([MG]i?B)?$/, repeat('0')],
    [/^\d+$/, repeat('0', '!')],
    [/\s/, repeat('a')],
    [/^https?:$/, repeat('https')],
    [/^[a-z]{2}(-[a-z]+)+-\d$/, fill('aa', '-a', '!'), fill('aa-', 'a', '!')],
    [/[A-Z]/g, noClientText('The name of a setting.')],
    [
      /^https:\/\/login\.(microsoftonline\.(com|us)|partner\.microsoftonline\.cn)\/(common|organizations|consumers)\b/i,
      repeat('https://login.microsoftonline.com/commo'),
    ],
    [/[?]/, repeat('a')],
    [/^https?:$/, repeat('https')],
    [/^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/, repeat('a', '!')],
    [/\s+/, repeat(' ', '!')],
  ],
  'setup.ts': [
    [/\/+$/, publicUrl],
    [/\/(Users|Groups|ServiceProviderConfig)(\?|$)/i, repeat('/Usersx')],
    [/[?&]filter=/i, repeat('&filter')],
    [/^false$/i, repeat('fals')],
  ],
  'setup.tsx': [[/\/$/, repeat('/', 'a')]],
  'shape.ts': [
    [
      built("new RegExp(`^(?:${text})$`, 'u')", ...awsPatterns),
      repeat('a', '\n'),
      fill('arn:aws:sso:::', 'a'),
      fill('arn:aws:iam::aws:policy/', 'a', '\n'),
      repeat('/a'),
      repeat('a.', '!'),
      fill('P', '0'),
    ],
  ],
  'shapes.ts': [[/^[a-zA-Z0-9&$@#\\/%?=~\-_'"|!:,.;*+[\] (){}]+$/, repeat('a', '\n')]],
  'sign-in.ts': [[/^c[1-9]\d?$/, repeat('c1')]],
  'signature.ts': [
    [/^AWS4-HMAC-SHA256\s+(.*)$/s, fill('AWS4-HMAC-SHA256', ' ', '!')],
    [/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, repeat('00000000T000000')],
    [/[-:]|\.\d+/g, repeat(':'), fill('.', '0')],
    [/ +/g, repeat(' ', '!')],
    [/(:\d+)$/, repeat(':0', '!'), fill(':', '0', '!')],
    [/[!'()*]/g, repeat('(')],
    [/is not supported/, repeat('is not supporte')],
    [
      /-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----/g,
      repeat('-----BEGIN CERTIFICATE-----'),
      fill('-----BEGIN CERTIFICATE-----', 'a'),
    ],
    [/\s+/g, repeat(' ')],
  ],
  'snapshots.ts': [[/^[0-9a-f-]{36}$/, repeat('a', '!')]],
  'source.ts': [[/^[\w.]+$/, repeat('a', '!')]],
  'statement.ts': [
    [
      /'(?:[^']|'')*'|"(?:[^"]|"")*"|@(\w+)|\?/g,
      fill("'", 'a'),
      fill('"', 'a'),
      fill("'", "''"),
      repeat('@a'),
    ],
    [/[\0-\x1f\ud800-\udfff]/, repeat('a')],
    [/["\\]/g, repeat('"')],
  ],
  'stray-tokens.ts': [
    [/[\s=,;]/, repeat('a')],
    [/^\s*[[{]/, repeat(' ', '!')],
    [/[\s,;"]+/, repeat(' ', '!')],
    [/[?#]/, repeat('?')],
    [/^(?:https?:\/\/[^/]*)?\/(.+?)\/scim(?:\/|$)/i, fill('https:/', '/scimx'), repeat('/scimx')],
    [/"([^"\\]*(?:\\.[^"\\]*)*)(?:"|\\?$)/gs, fill('"', '\\"'), repeat('"\\"'), repeat('"')],
  ],
  'subject.ts': [
    [/(?:"(?:[^"\\]|\\.)*"?|[^\s"])+/g, fill('"', '\\"'), repeat('"\\"'), repeat('a ')],
    [/^(?:"(?:[^"\\]|\\.)*"|[^"]+)$/, fill('"', '\\"'), repeat('a', '"')],
    [/[()]|\s(and|or)\s/i, repeat(' an')],
    [/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, repeat('aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaa')],
    [/:\d[^:]*:[^.:]+$/, repeat(':0', '.'), fill(':0:', 'a', '.')],
    [/\/\.search(\?|$)/, repeat('/.searchx')],
  ],
  'synchronization-schema.ts': [[/["\\]/g, repeat('"')]],
  'syntax.ts': [
    [
      /^([^ \t\r\n"()[\]]+)[ \t\r\n]+([A-Za-z]{2})[ \t\r\n]+"([ !#-[\]-\uffff]*)"$/,
      fill('userName eq "', 'b'),
      fill('a', ' '),
      repeat('a'),
    ],
    [
      /(?<blank>[ \t\r\n]+)|(?<string>"(?:[^"\\]|\\[\s\S])*")|(?<bracket>[()[\]])|(?<word>[^ \t\r\n"()[\]]+)/y,
      fill('"', '\\"'),
      repeat('"\\"'),
      repeat('a '),
    ],
    [
      /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/,
      repeat('1', '!'),
      fill('1.', '1', '!'),
      fill('1e', '1', '!'),
    ],
  ],
  'table.ts': [[/^[\x20-\x7e]*$/, repeat('a', '\n')]],
  'target.ts': [
    [/^application\/x-amz-json-1\.[01]$/, repeat('application/x-amz-json-1.')],
    [/\/service\/[^/]+\/operation\//, repeat('/service'), fill('/service/', 'a')],
    [/^\s*[[{]/, repeat(' ', '!')],
    [/^\/([^/]+)\/?$/, fill('/', 'a', '//')],
    [/^\/([^/]+\/?)?$/, fill('/', 'a', '//')],
  ],
  'tar.ts': [
    [/[ \0]/g, repeat(' ')],
    [/^[0-7]+$/, repeat('0', ' ')],
  ],
  'tenant-id.ts': [
    [/^[A-Za-z0-9._-]{1,64}$/, repeat('a', '!')],
    [
      /^[\p{L}\p{N}\p{P}\p{S}]([\p{L}\p{M}\p{N}\p{P}\p{S} ]{0,62}[\p{L}\p{M}\p{N}\p{P}\p{S}])?$/u,
      fill('a', 'a', '!'),
    ],
  ],
  'tenants.ts': [
    [/^([^=]+)=(.*)$/s, repeat('a')],
    [/\/+$/, publicUrl],
  ],
  'tenants.tsx': [[/\.html?$/i, repeat('.htm')]],
  'text.ts': [[/[\u0080-\uffff]/, repeat('a')]],
  'text.tsx': [[/(https:\/\/[^\s;,)]+)/, repeat('https://'), repeat('https://a ')]],
  'token-endpoint.ts': [
    [/^[a-z]+(?:[_.-][a-z]+|[A-Z][a-z]+)*$/, repeat('a', '!'), repeat('aB'), repeat('a_')],
    [/[^\x20-\x7e]|["\\]/g, repeat('\n')],
    [/^basic\b/i, repeat('basi')],
  ],
  'token-requests.ts': [
    [/^basic\b/i, repeat('basi')],
    [/(?:^|&)client_secret=./, repeat('&client_secret')],
  ],
  'token-service.ts': [
    [/^(127(\.\d{1,3}){3}|\[::1\]|localhost)$/i, repeat('127.0.0.')],
    [/^(.+)\/\.default$/, repeat('/.default', '!')],
  ],
  'tokens.ts': [[/^[\x21-\x7e]{8,4096}$/, repeat('a', ' ')]],
  'transaction.ts': [
    [/^SQLITE_(?:CORRUPT|NOTADB)/, repeat('SQLITE_CORRUP')],
    [/^SQLITE_(FULL|IOERR|CORRUPT|NOTADB|READONLY|CANTOPEN|NOMEM)/, repeat('SQLITE_FUL')],
  ],
  'upstream.ts': [
    [/^https?:$/, ownArgument],
    [/[?#]/, ownArgument],
    [/\/+$/, ownArgument],
    [/^text\/html\b/i, repeat('text/html', 'a')],
  ],
  'updates.ts': [[/^\d{4}-\d{2}-\d{2}$/, repeat('0000-00-0')]],
  'user-name.ts': [
    [
      built(
        'new RegExp(`^(?:${dotAtom}|"[^"\\\\\\\\\\\\r\\\\n]+")@${dotAtom}$`, \'u\')',
        /^(?:[^\s@<>()[\]\\,;:".\p{Cc}]+(?:\.[^\s@<>()[\]\\,;:".\p{Cc}]+)*|"[^"\\\r\n]+")@[^\s@<>()[\]\\,;:".\p{Cc}]+(?:\.[^\s@<>()[\]\\,;:".\p{Cc}]+)*$/u,
      ),
      repeat('a.'),
      fill('a@', 'a.'),
    ],
    [/#EXT#/i, repeat('#EXx')],
  ],
  'values.ts': [
    [
      built('new RegExp(`^(?:${durationPart})+$`)', /^(?:\d{1,15}(?:\.\d{1,3})?(?:ms|[wdhms]))+$/),
      repeat('1m', '!'),
      repeat('1ms', '!'),
    ],
    // The text matched `wholeDuration` before, so no number is longer.
    [/(\d+(?:\.\d+)?)(ms|[wdhms])/g, repeat('123456789012345.5ms')],
    [/^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,3})?)?$/, repeat('00:00:00.')],
    [/^\d{4}-\d\d-\d\d$/, repeat('0000-00-0')],
    [/^(\d{4}-\d\d-\d\d)T([^Z+-]+)(Z|[+-]\d\d:\d\d)?$/i, fill('2026-11-26T', 'a', '+')],
    [/^\d/, repeat('a')],
    [/\P{ASCII}/u, repeat('a')],
    [/[A-Z]+/g, repeat('A', '!')],
    [/^[1-5](xx|\d\d)?$/i, repeat('1x')],
    [/^[<>]/, repeat('a')],
  ],
  'verify.ts': [
    [/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, repeat('aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaa')],
    [
      built("new RegExp(`${tokenPrefix}[\\\\w+/=-]{16,}`, 'g')", /scimulator-[\w+/=-]{16,}/g),
      repeat('scimulator-'),
      fill('scimulator-', 'a'),
    ],
    [/(?<![\w-])((?:(?!eyJ)[\w-])*)eyJ[\w-]+\.[\w-]+\.[\w-]*/g, repeat('eyJ'), repeat('eyJa.'), repeat('a')],
  ],
  'version.ts': [[/^git\+|\.git$/g, noClientText('It reads package.json.')]],
  'wait-for.ts': [[/[\s"]/, repeat('a')]],
  'webhooks.ts': [
    [/\s+/, repeat(' ', '!')],
    [/[\p{Cc}\u2028\u2029]+/gu, repeat('\n', '!')],
    [/\p{Cf}/gu, repeat('\ufeff')],
    [/[&<>]/g, repeat('&')],
    [/\bwww\./gi, repeat('www.')],
    [/(?<![\p{L}\p{N}_])@(?=[\p{L}\p{N}])/gu, repeat('@'), repeat(' @a')],
  ],
}
