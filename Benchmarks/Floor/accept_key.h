/* The Sec-WebSocket-Accept value of a Sec-WebSocket-Key: RFC 6455 section 4.2.2, step 5.4.
 *
 * base64(SHA-1(key + GUID)). SHA-1 is written for this one use: the text is shorter than 119
 * bytes, so with its padding it fills at most two blocks.
 */
#ifndef ACCEPT_KEY_H
#define ACCEPT_KEY_H

#include <stdint.h>
#include <string.h>

#define ACCEPT_GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

enum { KEY_LENGTH = 24, ACCEPT_LENGTH = 28, SHA1_LENGTH = 20 };

static inline uint32_t rotate_left(uint32_t word, int bits)
{
    return word << bits | word >> (32 - bits);
}

/* FIPS 180-4 section 6.1.2: one block of 64 bytes into the state. */
static inline void sha1_block(uint32_t state[5], const uint8_t *block)
{
    uint32_t w[80];
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
               (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
    for (int i = 16; i < 80; i++)
        w[i] = rotate_left(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);

    uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
    for (int i = 0; i < 80; i++) {
        uint32_t mixed, constant;
        if (i < 20)
            mixed = (b & c) | (~b & d), constant = 0x5A827999;
        else if (i < 40)
            mixed = b ^ c ^ d, constant = 0x6ED9EBA1;
        else if (i < 60)
            mixed = (b & c) | (b & d) | (c & d), constant = 0x8F1BBCDC;
        else
            mixed = b ^ c ^ d, constant = 0xCA62C1D6;
        uint32_t next = rotate_left(a, 5) + mixed + e + constant + w[i];
        e = d, d = c, c = rotate_left(b, 30), b = a, a = next;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d, state[4] += e;
}

/* Writes the 28 characters that answer the 24 characters of `key`. */
static inline void accept_key(const char key[KEY_LENGTH], char accept[ACCEPT_LENGTH])
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const size_t length = KEY_LENGTH + sizeof ACCEPT_GUID - 1;
    uint8_t text[128] = {0};
    memcpy(text, key, KEY_LENGTH);
    memcpy(text + KEY_LENGTH, ACCEPT_GUID, sizeof ACCEPT_GUID - 1);
    text[length] = 0x80;
    text[126] = (uint8_t)(length * 8 >> 8);
    text[127] = (uint8_t)(length * 8);

    uint32_t state[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
    sha1_block(state, text);
    sha1_block(state, text + 64);

    /* One zero byte behind the digest makes 21 bytes, seven groups of three. */
    uint8_t digest[SHA1_LENGTH + 1] = {0};
    for (int i = 0; i < SHA1_LENGTH; i++)
        digest[i] = (uint8_t)(state[i / 4] >> (24 - i % 4 * 8));
    for (int i = 0; i < 7; i++) {
        const uint8_t *three = digest + 3 * i;
        uint32_t group = (uint32_t)three[0] << 16 | (uint32_t)three[1] << 8 | three[2];
        for (int j = 0; j < 4; j++)
            accept[4 * i + j] = alphabet[group >> (18 - 6 * j) & 63];
    }
    accept[ACCEPT_LENGTH - 1] = '=';
}

#endif
