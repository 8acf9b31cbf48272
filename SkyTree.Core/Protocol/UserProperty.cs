namespace SkyTree.Core.Protocol;

/// <summary>A User Property (MQTT 5.0): a name and a value, both UTF-8 strings; order and repetition are kept.</summary>
/// <param name="Name">The name.</param>
/// <param name="Value">The value.</param>
public readonly record struct UserProperty(string Name, string Value);
