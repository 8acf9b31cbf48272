using System.Globalization;

namespace SkyTree.AspNetCore.Portal.Trace;

/// <summary>A packet of a recording, taken apart for a table.</summary>
/// <param name="Number">Its place, from 1.</param>
/// <param name="Time">The time of day; empty: the line is a note.</param>
/// <param name="Client">Whose.</param>
/// <param name="Address">From where.</param>
/// <param name="IsSent">Whether the broker has sent it.</param>
/// <param name="Packet">Its type.</param>
/// <param name="Details">The rest.</param>
/// <param name="Text">The whole line.</param>
public sealed record TraceLine(int Number, string Time, string Client, string Address, bool IsSent, string Packet, string Details, string Text)
{
    private const string FromClient = " -> ";
    private const string FromServer = " <- ";

    /// <summary>Takes a line apart: time, client, address, arrow, packet, details. A client identifier may have blanks in it.</summary>
    /// <param name="number">Its place.</param>
    /// <param name="line">The line.</param>
    public static TraceLine Read(int number, string line)
    {
        int timeEnd = line.IndexOf(' ', StringComparison.Ordinal);
        if (timeEnd > 0 && DateTimeOffset.TryParse(line.AsSpan(0, timeEnd), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time))
        {
            (int arrow, bool isSent) = FindArrow(line, timeEnd);
            int addressStart = arrow < 0 ? -1 : line.LastIndexOf(' ', arrow - 1);
            if (addressStart > timeEnd)
            {
                string rest = line[(arrow + FromClient.Length)..];
                int packetEnd = rest.IndexOf(' ', StringComparison.Ordinal);
                return new TraceLine(
                    number,
                    time.UtcDateTime.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture),
                    line[(timeEnd + 1)..addressStart],
                    line[(addressStart + 1)..arrow],
                    isSent,
                    packetEnd < 0 ? rest : rest[..packetEnd],
                    packetEnd < 0 ? "" : rest[(packetEnd + 1)..],
                    line);
            }
        }

        return new TraceLine(number, "", "", "", IsSent: false, "", line, line);
    }

    // The first arrow: those behind it may be a payload's.
    private static (int At, bool IsSent) FindArrow(string line, int start)
    {
        int received = line.IndexOf(FromClient, start, StringComparison.Ordinal);
        int sent = line.IndexOf(FromServer, start, StringComparison.Ordinal);
        return received < 0 || (sent >= 0 && sent < received) ? (sent, true) : (received, false);
    }
}
