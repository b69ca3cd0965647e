/** What an agent may write into an object: markup, script, terminal codes, reordered, hidden and look-alike text. */
export const HOSTILE: Readonly<Record<string, string>> = {
  markup: '<script>alert(1)</script><img src=x onerror=alert(2)><iframe src="https://evil.example/"></iframe>',
  breakout: `"></p><svg onload=alert(3)><a href="javascript:alert(4)" data-act="decide">Approve</a><style>*{display:none}</style>`,
  entity: '&lt;script&gt;alert(5)&lt;/script&gt; &#x3c;b&#x3e;',
  terminal: '\u001b[2J\u001b[31mDenied\u001b[0m\u0007\r\nApproved by alice',
  reordered: 'scale \u202eorez ot\u202c down \u2066x\u2069',
  hidden: 'pay\u200bments\u00ad \ufeffprod\u2028uction',
  alike: 'p\u0430yments (with a Cyrillic letter), \uff44\uff45\uff4c\uff45\uff54\uff45',
  piled: `z${'\u0335\u0321\u034f'.repeat(40)}algo`,
  template: '${alert(6)} {{constructor.constructor("alert(7)")()}} <%= 7 %>',
  long: 'A'.repeat(20_000),
}

export const hostileConfigMap = (namespace: string, data: Readonly<Record<string, string>>): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    namespace,
    name: 'motd',
    annotations: { 'example.org/reason': data['markup'] ?? '', 'example.org/by': data['reordered'] ?? '' },
  },
  data,
})
