import t from 'tap'
import { addressRanges, classifyAddress } from '../../../../src/domain/outbound/addresses.ts'

t.test('addresses have the kind of the range that contains them, in each form', async t => {
  const expected: Readonly<Record<string, readonly string[]>> = {
    metadata: [
      ...[
        '169.254.169.254',
        '169.254.170.2',
        '169.254.170.23',
        '168.63.129.16',
        '100.100.100.200',
        '192.0.0.192',
      ],
      ...['fd00:ec2::254', 'fd00:ec2::23', 'fd20:ce::254', 'fd00:42::42', 'FD00:0EC2:0:0:0:0:0:0254'],
      ...['::ffff:169.254.169.254', '::ffff:a83f:8110'],
    ],
    'link-local': ['169.254.0.23', '::ffff:169.254.1.1', 'fe80::1', 'fe80::1%eth0', 'febf::1'],
    loopback: ['127.0.0.1', '127.255.255.254', '::1', '::ffff:127.0.0.1'],
    reserved: ['0.0.0.0', '0.1.2.3', '::', '224.0.0.1', '239.255.255.255', '255.255.255.255', 'ff02::1'],
    translated: [
      ...['::169.254.169.254', '::127.0.0.1', '::ffff:0:127.0.0.1', '::ffff:0:168.63.129.16'],
      ...['64:ff9b::169.254.169.254', '64:ff9b::100.100.100.200', '64:ff9b::7f00:1', '64:ff9b::e000:1'],
      ...['64:ff9b:1::1', '64:ff9b:1:fffe::192.0.2.1', '2001::1', '2001:0:ffff::1'],
      ...['2002:a9fe:a9fe::1', '2002:a83f:8110:1::', '2002:7f00:1::'],
    ],
    undefined: [
      ...['192.0.2.1', '10.0.0.1', '172.16.0.1', '192.168.1.1', '100.64.0.1', '168.63.129.17', '169.253.1.1'],
      ...['2001:db8::1', '2001:4860:4860::8888', 'fd00::1', 'fd00:ec2::1', '64:ff9b::192.0.2.1'],
      ...['2002:c000:201::1', '::ffff:192.0.2.1', '2600:1f18::1', 'fec0::1'],
    ],
  }
  const found = Object.fromEntries(
    Object.entries(expected).map(([kind, addresses]) => [
      kind,
      addresses.filter(address => String(classifyAddress(address)) === kind),
    ]),
  )
  t.same(found, expected)
})

t.test('every range has a name and a source', async t => {
  t.same(
    addressRanges.filter(({ name, source }) => name === '' || !/^(RFC \d+|https:\/\/)/.test(source)),
    [],
  )
})
