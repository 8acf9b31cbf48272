using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace SkyTree.Bench.Transports;

/// <summary>
/// The client's side of RFC 6455 over another transport: one masked binary frame per send, received
/// frames unwrapped in place.
/// </summary>
internal sealed unsafe class WebSocketTransport : Transport
{
    private const byte Final = 0x80;
    private const byte Binary = 0x2;
    private const byte Close = 0x8;
    private const byte Ping = 0x9;
    private const byte Pong = 0xA;

    private const int MaximumControlPayload = 125;

    private readonly Transport _inner;
    private readonly uint[] _masks = new uint[64];
    private readonly byte[] _control = new byte[Headroom + MaximumControlPayload];
    private readonly byte[] _header = new byte[Headroom];
    private int _headerLength;
    private int _masksUsed = 64;
    private int _controlLength;
    private long _remaining;
    private byte _opcode;

    public WebSocketTransport(Transport inner, string host, int port)
    {
        _inner = inner;
        try
        {
            Upgrade(host, port);
        }
        catch
        {
            inner.Dispose();
            throw;
        }
    }

    public override int Descriptor => _inner.Descriptor;

    public override bool Blocked => _inner.Blocked;

    public override int Receive(byte* buffer, int capacity, out bool more)
    {
        new ReadOnlySpan<byte>(_header, 0, _headerLength).CopyTo(new Span<byte>(buffer, capacity));
        int received = _inner.Receive(buffer + _headerLength, capacity - _headerLength, out more);
        if (received < 0)
        {
            return received;
        }

        return Unwrap(new Span<byte>(buffer, _headerLength + received));
    }

    public override void Send(byte* buffer, int length) => SendFrame(Binary, buffer, length);

    public override void Flush() => _inner.Flush();

    public override void Dispose() => _inner.Dispose();

    /// <summary>Moves the payloads to the front and returns their length; an incomplete header waits for the next call.</summary>
    private int Unwrap(Span<byte> bytes)
    {
        int from = 0;
        int to = 0;
        while (true)
        {
            if (_remaining > 0)
            {
                int take = (int)Math.Min(_remaining, bytes.Length - from);
                if (_opcode < Close)
                {
                    bytes.Slice(from, take).CopyTo(bytes[to..]);
                    to += take;
                }
                else if (_controlLength + take <= MaximumControlPayload)
                {
                    bytes.Slice(from, take).CopyTo(_control.AsSpan(Headroom + _controlLength));
                    _controlLength += take;
                }

                from += take;
                _remaining -= take;
                if (_remaining == 0 && _opcode == Ping)
                {
                    AnswerPing();
                }

                if (_remaining > 0)
                {
                    _headerLength = 0;
                    return to;
                }
            }

            ReadOnlySpan<byte> rest = bytes[from..];
            int size = rest.Length < 2 ? 2 : (rest[1] & 0x7F) switch { 126 => 4, 127 => 10, _ => 2 };
            if (rest.Length < size)
            {
                rest.CopyTo(_header);
                _headerLength = rest.Length;
                return to;
            }

            _opcode = (byte)(rest[0] & 0x0F);
            _remaining = size switch
            {
                2 => rest[1] & 0x7F,
                4 => BinaryPrimitives.ReadUInt16BigEndian(rest[2..]),
                _ => BinaryPrimitives.ReadInt64BigEndian(rest[2..]),
            };
            from += size;
            if (_opcode == Close)
            {
                return Closed;
            }

            if (_opcode >= Close)
            {
                _controlLength = 0;
            }

            if (_opcode == Ping && _remaining == 0)
            {
                AnswerPing();
            }
        }
    }

    private void AnswerPing()
    {
        fixed (byte* control = _control)
        {
            SendFrame(Pong, control + Headroom, _controlLength);
        }
    }

    private void SendFrame(byte opcode, byte* payload, int length)
    {
        // Unpredictable as the RFC wants them, but drawn many at a time.
        if (_masksUsed == _masks.Length)
        {
            RandomNumberGenerator.Fill(MemoryMarshal.AsBytes(_masks.AsSpan()));
            _masksUsed = 0;
        }

        uint mask = _masks[_masksUsed++];
        Mask(new Span<byte>(payload, length), mask);

        byte* header = payload - 4;
        *(uint*)header = mask;
        if (length < 126)
        {
            header -= 2;
            header[1] = (byte)(0x80 | length);
        }
        else if (length <= ushort.MaxValue)
        {
            header -= 4;
            header[1] = 0x80 | 126;
            BinaryPrimitives.WriteUInt16BigEndian(new Span<byte>(header + 2, 2), (ushort)length);
        }
        else
        {
            header -= 10;
            header[1] = 0x80 | 127;
            BinaryPrimitives.WriteInt64BigEndian(new Span<byte>(header + 2, 8), length);
        }

        header[0] = (byte)(Final | opcode);
        _inner.Send(header, (int)(payload - header) + length);
    }

    private static void Mask(Span<byte> bytes, uint mask)
    {
        Vector<byte> wide = Vector.AsVectorByte(new Vector<uint>(mask));
        int at = 0;
        for (; at <= bytes.Length - Vector<byte>.Count; at += Vector<byte>.Count)
        {
            Span<byte> part = bytes.Slice(at, Vector<byte>.Count);
            (new Vector<byte>(part) ^ wide).CopyTo(part);
        }

        for (; at < bytes.Length; at++)
        {
            bytes[at] ^= (byte)(mask >> (8 * (at & 3)));
        }
    }

    private void Upgrade(string host, int port)
    {
        string key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
        byte[] request = Encoding.ASCII.GetBytes(
            $"GET /mqtt HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
            $"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n");
        fixed (byte* bytes = request)
        {
            _inner.Send(bytes, request.Length);
        }

        // The server says nothing after its answer until it has been sent a CONNECT, so nothing is read too far.
        byte[] answer = new byte[8192];
        int length = 0;
        while (answer.AsSpan(0, length).IndexOf("\r\n\r\n"u8) < 0)
        {
            fixed (byte* bytes = answer)
            {
                int received = length == answer.Length ? Closed : _inner.Receive(bytes + length, answer.Length - length, out _);
                if (received < 0)
                {
                    throw new BenchException("no answer to the WebSocket upgrade");
                }

                length += received;
            }
        }

        string text = Encoding.ASCII.GetString(answer, 0, length);
        if (!text.StartsWith("HTTP/1.1 101", StringComparison.Ordinal))
        {
            throw new BenchException($"the WebSocket upgrade was refused: {text.Split('\r')[0]}");
        }
    }
}
