/// A figure and whose it is.
struct NamedFigure {
    let name: String
    let figure: Figure

    var value: Double { figure.median }
}

extension [Contender] {
    /// The figure of each contender that has it.
    func figures(_ figure: (Contender) -> Figure?) -> [NamedFigure] {
        compactMap { contender in
            figure(contender).map { NamedFigure(name: contender.name, figure: $0) }
        }
    }
}

extension [NamedFigure] {
    /// The smallest and the largest; `nil` when there are not two that differ.
    var extremes: (smallest: NamedFigure, largest: NamedFigure)? {
        guard let smallest = self.min(by: { $0.value < $1.value }),
            let largest = self.max(by: { $0.value < $1.value }), smallest.value < largest.value
        else { return nil }
        return (smallest, largest)
    }
}
