using System.Globalization;
using SkyTree.Core.Admin.Messages;
using SkyTree.Core.Protocol;

namespace SkyTree.AspNetCore.Portal.Traffic.Messages;

/// <summary>What is looked for among stored messages, as it stands in the page's address.</summary>
internal sealed record MessageSearch(string? Filter, string? Publisher, string? QoS, string? Contains, string? From, string? To, string? Offset, string? Order)
{
    /// <summary>The names of its parts in the address.</summary>
    public static IReadOnlyList<string> Names { get; } = ["filter", "publisher", "qos", "contains", "from", "to", "offset", "order"];

    /// <summary>Whether all messages fit.</summary>
    public bool IsEmpty => string.IsNullOrEmpty(Filter) && Publisher is null && string.IsNullOrEmpty(QoS) && string.IsNullOrEmpty(Contains)
        && string.IsNullOrEmpty(From) && string.IsNullOrEmpty(To) && string.IsNullOrEmpty(Offset);

    /// <summary>Changes when something else is looked for.</summary>
    public string Text => string.Join('\n', Filter, Publisher, QoS, Contains, From, To, Offset, Order);

    /// <summary>Whether the oldest come first.</summary>
    public bool OldestFirst => Order == "oldest";

    /// <summary>What <c>Broker.Admin.Messages</c> is asked.</summary>
    public MessageQuery ToQuery()
    {
        bool isFilter = Filter is not null && Filter.AsSpan().ContainsAny('+', '#');
        long? offset = long.TryParse(Offset, NumberStyles.None, CultureInfo.InvariantCulture, out long parsed) ? parsed : null;
        return new MessageQuery
        {
            Topic = isFilter || string.IsNullOrEmpty(Filter) ? null : Filter,
            Filter = isFilter ? Filter : null,
            PublisherId = Publisher,
            QoS = byte.TryParse(QoS, NumberStyles.None, CultureInfo.InvariantCulture, out byte qos) && qos <= 2 ? (QoS)qos : null,
            PayloadContains = string.IsNullOrEmpty(Contains) ? null : Contains,
            From = MomentText.Parse(From),
            To = MomentText.Parse(To),
            FromOffset = OldestFirst ? offset : null,
            ToOffset = OldestFirst ? null : offset,
            NewestFirst = !OldestFirst,
            PayloadLimit = 512,
        };
    }
}
