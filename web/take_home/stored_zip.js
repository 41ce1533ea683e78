/** A zip archive of files as they are: what npz and USDZ are. */

const LOCAL = 30; // bytes of a file's head before its name
const FIELD = 4; // bytes of an extra field's head
const PADDING = 0x1986; // the field that USD's own writer pads with

const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});

/** @param {Uint8Array} data */
function crc32(data) {
  let crc = 0xffffffff;
  for (const byte of data) crc = CRC[(crc ^ byte) & 255] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/**
 * A zip archive of files as they are.
 * @param {[string, Uint8Array][]} files
 * @param {number} [aligned]  bytes: every file begins at a multiple of it
 */
export function stored(files, aligned = 1) {
  /** @type {Uint8Array[]} */
  const parts = [];
  /** @type {Uint8Array[]} */
  const directory = [];
  let offset = 0;
  for (const [name, data] of files) {
    const label = new TextEncoder().encode(name);
    const crc = crc32(data);
    const padding = paddingBefore(offset + LOCAL + label.length, aligned);
    const common = [20, 0, 0, 0, 0x21, crc, data.length, data.length, label.length]; // version … length of the name
    const local = localRecord(common, label, padding);
    directory.push(centralRecord(common, label, offset));
    parts.push(local, data);
    offset += local.length + data.length;
  }
  const size = directory.reduce((sum, one) => sum + one.length, 0);
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, 0x06054b50, true);
  end.setUint16(8, files.length, true);
  end.setUint16(10, files.length, true);
  end.setUint32(12, size, true);
  end.setUint32(16, offset, true);
  const all = [...parts, ...directory, new Uint8Array(end.buffer)];
  const result = new Uint8Array(all.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const one of all) {
    result.set(one, at);
    at += one.length;
  }
  return result;
}

/**
 * Bytes of an extra field that let what follows begin at a multiple; a field has a head of its own.
 * @param {number} at
 * @param {number} aligned
 */
function paddingBefore(at, aligned) {
  const missing = (aligned - (at % aligned)) % aligned;
  return missing === 0 || missing >= FIELD ? missing : missing + aligned;
}

/**
 * @param {number[]} common
 * @param {Uint8Array} label
 * @param {number} padding
 */
function localRecord(common, label, padding) {
  const view = new DataView(new ArrayBuffer(LOCAL + label.length + padding));
  view.setUint32(0, 0x04034b50, true);
  writeCommon(view, 4, [...common, padding]);
  const bytes = new Uint8Array(view.buffer);
  bytes.set(label, LOCAL);
  if (padding) {
    view.setUint16(LOCAL + label.length, PADDING, true);
    view.setUint16(LOCAL + label.length + 2, padding - FIELD, true);
  }
  return bytes;
}

/**
 * @param {number[]} common
 * @param {Uint8Array} label
 * @param {number} offset
 */
function centralRecord(common, label, offset) {
  const view = new DataView(new ArrayBuffer(46 + label.length));
  view.setUint32(0, 0x02014b50, true);
  view.setUint16(4, 20, true);
  writeCommon(view, 6, [...common, 0]);
  view.setUint32(42, offset, true);
  const bytes = new Uint8Array(view.buffer);
  bytes.set(label, 46);
  return bytes;
}

/**
 * @param {DataView} view
 * @param {number} at
 * @param {number[]} common  version, flags, method, time, date, checksum, both sizes, lengths of name and extra
 */
function writeCommon(view, at, common) {
  const widths = [2, 2, 2, 2, 2, 4, 4, 4, 2, 2];
  common.forEach((value, i) => {
    if (widths[i] === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += widths[i];
  });
}
